// SPDX-License-Identifier: Apache-2.0
// What an operator says about a server and its clients: drain, undrain, weight; and about a
// whole pool: pause, resume.
#include <charconv>

#include "core/limits.h"
#include "ctl/command.h"
#include "ctl/progress.h"

namespace buddyring {
namespace {

OperatorRequest request_of(const Context& context) {
  return {.server = server_argument(context), .by = context.operator_name(), .why = context.options.text("why", "")};
}

// About all of its servers.
OperatorRequest pool_request(const Context& context) {
  return {.server = "", .by = context.operator_name(), .why = context.options.text("why", "")};
}

ExitStatus drain(const Context& context, bool drained) {
  const std::string pool = context.pool();
  const OperatorRequest request = request_of(context);
  RegistryClient registry = context.registry();
  const bool changed =
      value_or_fail(waiting_for(drained ? "drain" : "undrain", [&] { return registry.drain(pool, request, drained); }));
  const std::string state = drained ? "gets no more clients" : "gets clients";
  context.print({{"pool", pool}, {"server", request.server}, {"drained", drained}, {"changed", changed}},
                request.server + " " + state + (changed ? "\n" : ", as before\n"));
  return ExitStatus::ok;
}

}  // namespace

ExitStatus drain_server(const Context& context) { return drain(context, true); }

ExitStatus undrain_server(const Context& context) { return drain(context, false); }

ExitStatus pause_pool(const Context& context) {
  const std::string pool = context.pool();
  const Duration wanted = context.options.required_duration("for", limits::pause_min, limits::pause_max);
  const auto length = std::chrono::ceil<std::chrono::seconds>(wanted);
  RegistryClient registry = context.registry();
  const PauseReply reply =
      value_or_fail(waiting_for("pause", [&] { return registry.pause(pool, pool_request(context), length); }));
  context.print({{"pool", pool}, {"paused", true}, {"paused_until", reply.until}},
                "the verdicts of pool " + pool + " are paused until " + reply.until +
                    "Z: nobody is deleted as dead; the routers go on sending clients to servers that die meanwhile\n");
  return ExitStatus::ok;
}

ExitStatus resume_pool(const Context& context) {
  const std::string pool = context.pool();
  RegistryClient registry = context.registry();
  const PauseReply reply = value_or_fail(
      waiting_for("resume", [&] { return registry.pause(pool, pool_request(context), std::chrono::seconds{0}); }));
  context.print({{"pool", pool}, {"paused", false}, {"changed", reply.changed}},
                "the verdicts of pool " + pool + " count" + (reply.changed ? " again\n" : ", as before\n"));
  return ExitStatus::ok;
}

ExitStatus weigh_server(const Context& context) {
  const std::string pool = context.pool();
  const OperatorRequest request = request_of(context);
  const std::string& digits = context.arguments.back();
  unsigned weight = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), weight);
  if (problem != std::errc{} || end != digits.data() + digits.size() || weight < 1 || weight > 100) {
    throw UsageError("a weight of '" + digits + "' is not acceptable; give 1 to 100, or drain the server");
  }
  RegistryClient registry = context.registry();
  const bool changed = value_or_fail(waiting_for("weight", [&] { return registry.weigh(pool, request, weight); }));
  context.print({{"pool", pool}, {"server", request.server}, {"weight", weight}, {"changed", changed}},
                request.server + " has weight " + digits + (changed ? "\n" : ", as before\n"));
  return ExitStatus::ok;
}

}  // namespace buddyring
