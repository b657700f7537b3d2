// SPDX-License-Identifier: Apache-2.0
// What happened in a pool: events, history. Both read the server table's audit.
#include <poll.h>

#include <algorithm>
#include <iostream>

#include "core/limits.h"
#include "ctl/audit_forms.h"
#include "ctl/audit_tail.h"
#include "ctl/command.h"
#include "ctl/progress.h"
#include "posix/stop_signals.h"

namespace buddyring {
namespace {

constexpr unsigned usual_entries = 20;

unsigned entries_wanted(const Context& context) {
  return static_cast<unsigned>(context.options.number("limit", usual_entries, 1, limits::audit_entries_max));
}

// The oldest first, as they are read.
std::vector<AuditEntry> read_entries(RegistryClient& registry, const std::string& pool, const std::string& server,
                                     unsigned limit) {
  auto entries = value_or_fail(waiting_for("events", [&] { return registry.audit(pool, server, limit); }));
  std::ranges::reverse(entries);
  return entries;
}

void print_entries(const Context& context, Json document, const std::vector<AuditEntry>& entries) {
  document["events"] = Json::array();
  std::string text;
  for (const AuditEntry& entry : entries) {
    document["events"].push_back(audit_json(entry));
    text += audit_text(entry) + "\n";
  }
  context.print(document, text);
}

void print_line(const Context& context, const AuditEntry& entry) {
  std::cout << (context.json() ? audit_json(entry).dump(-1, ' ', false, Json::error_handler_t::replace)
                               : audit_text(entry))
            << "\n";
}

// False once a signal came.
bool pause(const Fd& stop) {
  pollfd ready{.fd = stop.get(), .events = POLLIN, .revents = 0};
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(limits::audit_poll);
  return ::poll(&ready, 1, static_cast<int>(left.count())) == 0;
}

// Until SIGTERM, SIGINT or the end of whoever reads. What is new while the registry is away
// is shown when it is back.
void follow(const Context& context, RegistryClient& registry, const std::string& pool) {
  block_stop_signals();
  const Fd stop = stop_signals_fd();
  AuditTail tail;
  static_cast<void>(
      tail.take(value_or_fail(registry.audit(pool, "", limits::audit_entries_max)), limits::audit_entries_max));
  bool lost = false;
  while (std::cout.flush() && pause(stop)) {
    registry.try_return();
    const auto looked = registry.audit(pool, "", limits::audit_entries_max);
    if (lost == looked.ok()) {
      lost = !lost;
      std::cerr << "buddyctl: " << (lost ? looked.error().message + "; it is asked again" : "the registry is back")
                << "\n";
    }
    if (!looked.ok()) {
      continue;
    }
    const auto news = tail.take(looked.value(), limits::audit_entries_max);
    if (news.gap) {
      std::cerr << "buddyctl: more events than are read at once; there are earlier ones in the table audit\n";
    }
    for (const AuditEntry& entry : news.entries) {
      print_line(context, entry);
    }
  }
}

}  // namespace

ExitStatus show_events(const Context& context) {
  const std::string pool = context.pool();
  const unsigned limit = entries_wanted(context);
  RegistryClient registry = context.registry();
  const auto entries = read_entries(registry, pool, "", limit);
  if (!context.options.on("follow")) {
    print_entries(context, {{"pool", pool}}, entries);
    return ExitStatus::ok;
  }
  for (const AuditEntry& entry : entries) {
    print_line(context, entry);
  }
  follow(context, registry, pool);
  return ExitStatus::ok;
}

ExitStatus show_history(const Context& context) {
  const std::string pool = context.pool();
  const std::string server = server_argument(context);
  RegistryClient registry = context.registry();
  const auto entries = read_entries(registry, pool, server, entries_wanted(context));
  if (entries.empty()) {
    throw Failure(ExitStatus::not_found,
                  "pool " + pool + " never had a server " + server + ", or its audit was deleted");
  }
  print_entries(context, {{"pool", pool}, {"server", server}}, entries);
  return ExitStatus::ok;
}

}  // namespace buddyring
