// SPDX-License-Identifier: Apache-2.0
// buddyctl rejoin: a server announces itself anew, at a place drawn anew.
//
// Theory of operation. An agent whose row is gone announces itself again, always and by itself, so
// nothing has to be told to it: its row is taken out, its buddies are told of each other, and
// what is left is to wait until it is back. One that is away already may be in a pause
// (limits::rejoin_pause_max at most), which is waited for in the same way.
#include <thread>

#include "core/limits.h"
#include "ctl/agent_facts.h"
#include "ctl/agent_lookup.h"
#include "ctl/command.h"
#include "ctl/progress.h"
#include "ctl/removal.h"
#include "posix/clock.h"

namespace buddyring {
namespace {

// How long a server is waited for: the longest pause before it announces itself, and then some.
constexpr auto rejoin_patience = limits::rejoin_pause_max + std::chrono::seconds{15};

struct Target {
  std::string pool;
  std::string server;
};

// Throws UsageError, Failure.
Target target_of(const Context& context) {
  const bool here = context.options.on("here");
  if (here == !context.arguments.empty()) {
    throw UsageError("rejoin takes the name of a server, or --here for the agent on this host");
  }
  if (!here) {
    return {.pool = context.pool(), .server = server_argument(context)};
  }
  const AgentFacts facts = agent_facts(find_agent(context.options), monotonic_now());
  return {.pool = facts.pool, .server = facts.server};
}

// Nothing when it does not come in time.
std::optional<OwnRow> await_row(RegistryClient& registry, const Target& target) {
  const Instant give_up = monotonic_now() + rejoin_patience;
  for (; monotonic_now() < give_up; std::this_thread::sleep_for(limits::audit_poll)) {
    if (auto row = value_or_fail(registry.row(target.pool, {target.server})).own) {
      return row;
    }
  }
  return std::nullopt;
}

std::string name_of(const std::optional<BuddyRow>& buddy) { return buddy ? buddy->server.name : ""; }

}  // namespace

ExitStatus rejoin_server(const Context& context) {
  const Target target = target_of(context);
  const PoolKeys keys = context.keys();
  const OperatorRequest asked{
      .server = target.server, .by = context.operator_name(), .why = context.options.text("why", "")};
  RegistryClient registry = context.registry();
  const bool there = value_or_fail(waiting_for("rejoin", [&] { return registry.note_rejoin(target.pool, asked); }));
  if (there) {
    DeleteRequest request;
    request.server = target.server;
    request.accuser = asked.by;
    request.reason = DeleteReason::removed;
    request.evidence.detail = "to rejoin: " + asked.why;
    static_cast<void>(waiting_for("rejoin", [&] { return remove_from_ring(registry, target.pool, keys, request); }));
  }
  const auto row = waiting_for("rejoin", [&] { return await_row(registry, target); });
  if (!row) {
    throw Failure(ExitStatus::failure,
                  target.server +
                      " has not announced itself: its agent does not run, what it watches is gone, or no "
                      "member hears it; see its log");
  }
  const std::string a = name_of(row->buddy_a);
  const std::string b = name_of(row->buddy_b);
  context.print({{"pool", target.pool},
                 {"server", target.server},
                 {"was_there", there},
                 {"incarnation", row->incarnation},
                 {"buddy_a", text_or_null(a)},
                 {"buddy_b", text_or_null(b)}},
                target.server + " has announced itself anew" +
                    (a.empty() ? ", alone in its pool\n" : " between " + a + " and " + b + "\n"));
  return ExitStatus::ok;
}

}  // namespace buddyring
