// SPDX-License-Identifier: Apache-2.0
// Commands about a pool, all of them calls to the server table.
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "core/duration.h"
#include "ctl/command.h"
#include "ctl/progress.h"
#include "ctl/removal.h"
#include "ctl/ring_walk.h"
#include "ctl/table.h"

namespace buddyring {
namespace {

// Asks on a terminal, unless --yes was given. Throws Failure when the answer is no, UsageError
// when nobody can be asked.
void confirm(const Context& context, const std::string& what) {
  if (context.options.on("yes")) {
    return;
  }
  if (::isatty(STDIN_FILENO) == 0 || context.json()) {
    throw UsageError("to " + what + " without being asked on a terminal, give --yes");
  }
  std::cerr << what << "? [y/N] ";
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "y" && answer != "yes") {
    throw Failure(ExitStatus::failure, "nothing was done");
  }
}

std::string name_or_dash(const std::string& name) { return name.empty() ? "-" : name; }

}  // namespace

ExitStatus show_ring(const Context& context) {
  const std::string pool = context.pool();
  RegistryClient registry = context.registry();
  const PoolSnapshot snapshot = value_or_fail(waiting_for("ring", [&] { return registry.list(pool); }));
  if (snapshot.version == 0) {
    throw Failure(ExitStatus::not_found, "no server was ever announced in pool " + pool + "; check the pool's name");
  }
  const RingWalk walk = walk_ring(snapshot.servers);

  Json document{{"pool", pool},
                {"version", snapshot.version},
                {"whole", walk.whole},
                {"paused_left_ns", snapshot.paused_left ? Json(snapshot.paused_left->count()) : Json(nullptr)},
                {"servers", Json::array()}};
  std::vector<std::vector<std::string>> rows{
      {"SERVER", "ADDRESS", "INCARNATION", "EPOCH", "BUDDY A", "BUDDY B", "CLIENTS"}};
  for (const ServerRow& row : walk.order) {
    Json entry = server_json(row.server);
    entry["epoch"] = row.epoch;
    entry["buddy_a"] = text_or_null(row.buddy_a);
    entry["buddy_b"] = text_or_null(row.buddy_b);
    entry["drained"] = row.drained;
    entry["weight"] = row.weight;
    document["servers"].push_back(std::move(entry));
    rows.push_back({row.server.name, row.server.address.text(), std::to_string(row.server.incarnation),
                    std::to_string(row.epoch), name_or_dash(row.buddy_a), name_or_dash(row.buddy_b),
                    row.drained ? "drained" : std::to_string(row.weight) + " %"});
  }
  std::string text = walk.order.empty() ? "pool " + pool + " is empty\n" : format_table(rows);
  if (snapshot.paused_left) {
    text += "verdicts are paused for " +
            format_duration(std::chrono::ceil<std::chrono::seconds>(*snapshot.paused_left)) +
            " more: nobody is deleted as dead\n";
  }
  context.print(document, text);
  return walk.whole ? ExitStatus::ok : ExitStatus::ring_violated;
}

ExitStatus pick_server(const Context& context) {
  const std::string pool = context.pool();
  RegistryClient registry = context.registry();
  std::vector<std::string> except;
  if (context.options.given("exclude")) {
    except = context.options.values["exclude"].as<std::vector<std::string>>();
  }
  if (!std::ranges::all_of(except, is_valid_name)) {
    throw UsageError("--exclude takes a server's name each time; buddyctl ring lists them");
  }
  const Server server = value_or_fail(waiting_for("pick", [&] { return registry.pick(pool, except); }));
  Json document{{"pool", pool}};
  document.update(server_json(server));
  context.print(document, server.address.text() + "\n");
  return ExitStatus::ok;
}

ExitStatus remove_server(const Context& context) {
  const std::string pool = context.pool();
  const std::string name = server_argument(context);
  // Read before the server is removed: a bad file must not be found out half way.
  const PoolKeys keys = context.keys();
  RegistryClient registry = context.registry();
  DeleteRequest request;
  request.server = name;
  request.accuser = context.operator_name();
  request.reason = DeleteReason::removed;
  request.evidence.detail = context.options.text("why", "");
  confirm(context, "remove " + name + " from pool " + pool);
  const auto removal = waiting_for("remove", [&] { return remove_from_ring(registry, pool, keys, request); });
  if (!removal) {
    throw Failure(ExitStatus::not_found, "pool " + pool + " has no server " + name + "; buddyctl ring lists them");
  }
  context.print({{"pool", pool}, {"removed", name}, {"buddies", removal->buddies}}, removal->text);
  return removal->all_understood ? ExitStatus::ok : ExitStatus::failure;
}

ExitStatus verify_ring(const Context& context) {
  const std::string pool = context.pool();
  RegistryClient registry = context.registry();
  const std::vector<Violation> violations = value_or_fail(waiting_for("verify", [&] { return registry.verify(pool); }));
  Json document{{"pool", pool}, {"whole", violations.empty()}, {"violations", Json::array()}};
  std::vector<std::vector<std::string>> rows{{"RULE", "SERVER", "FOUND"}};
  for (const Violation& violation : violations) {
    document["violations"].push_back(
        {{"rule", violation.rule}, {"server", text_or_null(violation.server)}, {"detail", violation.detail}});
    rows.push_back({violation.rule, name_or_dash(violation.server), violation.detail});
  }
  context.print(document, violations.empty() ? "the ring of pool " + pool + " is whole\n" : format_table(rows));
  return violations.empty() ? ExitStatus::ok : ExitStatus::ring_violated;
}

}  // namespace buddyring
