// SPDX-License-Identifier: Apache-2.0
#include "agent/network.h"

#include <algorithm>

#include "netlink/links.h"
#include "netlink/routes.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

Interface find_interface(const AgentOptions& options) {
  const auto found = options.interface.empty() ? find_by_address(*options.address) : find_by_name(options.interface);
  if (!found) {
    const std::string option =
        options.interface.empty() ? "--address '" + options.address->text() : "--interface '" + options.interface;
    throw StartupError(option + "' is not on this host: " + found.error().message + "; give one of these");
  }
  return found.value();
}

}  // namespace

RingNetwork find_ring_network(const AgentOptions& options) {
  const Interface interface = find_interface(options);
  if (!interface.up || !interface.carrier) {
    throw StartupError("interface " + interface.name + " is " + (interface.up ? "up but has no carrier" : "down") +
                       ": bring it up before starting buddyd (ip link set " + interface.name + " up)");
  }
  if (interface.addresses.empty()) {
    throw StartupError("interface " + interface.name +
                       " has no IPv4 address: give it one, or name another --interface");
  }
  const Address address = options.address ? *options.address : interface.addresses.front();
  if (std::ranges::find(interface.addresses, address) == interface.addresses.end()) {
    throw StartupError("--address '" + address.text() + "' is not on --interface '" + interface.name + "', which has " +
                       interface.addresses.front().text());
  }
  return {.interface = interface.name, .ifindex = interface.ifindex, .address = address};
}

std::string route_problem(const RingNetwork& network, const Address& buddy) {
  const auto route = route_to(buddy);
  if (!route) {
    return route.error().message;
  }
  if (route.value().ifindex != network.ifindex) {
    return "leads out of " + route.value().interface + " instead of " + network.interface;
  }
  if (route.value().source != network.address) {
    return "has source " + route.value().source.text() + " instead of " + network.address.text();
  }
  return "";
}

}  // namespace buddyring
