// SPDX-License-Identifier: Apache-2.0
// What an operator says about a server and its clients: drain, undrain, weight.
#include <charconv>

#include "ctl/command.h"

namespace buddyring {
namespace {

OperatorRequest request_of(const Context& context) {
  return {.server = server_argument(context), .by = context.operator_name(), .why = context.options.text("why", "")};
}

ExitStatus drain(const Context& context, bool drained) {
  const std::string pool = context.pool();
  const OperatorRequest request = request_of(context);
  RegistryClient registry = context.registry();
  const bool changed = value_or_fail(registry.drain(pool, request, drained));
  const std::string state = drained ? "gets no more clients" : "gets clients";
  context.print({{"pool", pool}, {"server", request.server}, {"drained", drained}, {"changed", changed}},
                request.server + " " + state + (changed ? "\n" : ", as before\n"));
  return ExitStatus::ok;
}

}  // namespace

ExitStatus drain_server(const Context& context) { return drain(context, true); }

ExitStatus undrain_server(const Context& context) { return drain(context, false); }

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
  const bool changed = value_or_fail(registry.weigh(pool, request, weight));
  context.print({{"pool", pool}, {"server", request.server}, {"weight", weight}, {"changed", changed}},
                request.server + " has weight " + digits + (changed ? "\n" : ", as before\n"));
  return ExitStatus::ok;
}

}  // namespace buddyring
