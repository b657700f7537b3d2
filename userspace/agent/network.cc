// SPDX-License-Identifier: Apache-2.0
#include "agent/network.h"

#include <poll.h>

#include <algorithm>

#include "core/limits.h"
#include "netlink/links.h"
#include "netlink/routes.h"
#include "posix/clock.h"
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
  if (!found.value().up || !found.value().carrier) {
    throw StartupError("interface " + found.value().name + " is " +
                       (found.value().up ? "up but has no carrier" : "down") +
                       ": bring it up before starting buddyd (ip link set " + found.value().name + " up)");
  }
  return found.value();
}

OwnAddress chosen_address(const Interface& interface, const Address& wanted) {
  const auto own = std::ranges::find(interface.addresses, wanted, &OwnAddress::address);
  if (own == interface.addresses.end()) {
    throw StartupError("--address '" + wanted.text() + "' is not on --interface '" + interface.name + "', which has " +
                       (interface.addresses.empty() ? "none" : interface.addresses.front().address.text()));
  }
  return *own;
}

// The same at each start, as long as the interface keeps it: the table knows a server by its address, too.
OwnAddress first_address(const Interface& interface) {
  const auto lasting = [](const OwnAddress& own) {
    return !own.passing && own.state != AddressState::duplicate && own.address.why_no_server().empty();
  };
  const auto own = std::ranges::find_if(interface.addresses, lasting);
  if (own == interface.addresses.end()) {
    throw StartupError("interface " + interface.name +
                       " has no IPv4 address and no lasting IPv6 address: give it one, or name another --interface");
  }
  return *own;
}

std::string family_text(const Address& address) { return address.is_v4() ? "IPv4" : "IPv6"; }

}  // namespace

RingNetwork find_ring_network(const AgentOptions& options) {
  const Instant give_up = monotonic_now() + limits::address_usable_timeout;
  while (true) {
    const Interface interface = find_interface(options);
    const OwnAddress own = options.address ? chosen_address(interface, *options.address) : first_address(interface);
    const std::string which = "address " + own.address.text() + " of interface " + interface.name;
    if (own.state == AddressState::usable) {
      return {.interface = interface.name, .ifindex = interface.ifindex, .address = own.address};
    }
    if (own.state == AddressState::duplicate) {
      throw StartupError(which + " is a duplicate, so the kernel does not use it: take it from the other host on " +
                         "this link that has it, or give this one another");
    }
    if (monotonic_now() >= give_up) {
      throw StartupError(which + " is still tentative: the kernel has not yet made out that nobody else has it; " +
                         "look at ip -6 address show dev " + interface.name);
    }
    ::poll(nullptr, 0, limits::address_usable_pause_ms);
  }
}

std::string route_problem(const RingNetwork& network, const Address& buddy) {
  if (buddy.is_v4() != network.address.is_v4()) {
    return "is an " + family_text(buddy) + " address, ours is " + family_text(network.address);
  }
  const auto route = route_to(buddy);
  if (!route) {
    return route.error().message;
  }
  if (route.value().ifindex != network.ifindex) {
    return "leads out of " + route.value().interface + " instead of " + network.interface;
  }
  // Of its IPv6 addresses on one interface the kernel chooses by rules that say nothing of the way (RFC 6724).
  if (network.address.is_v4() && route.value().source != network.address) {
    return "has source " + route.value().source.text() + " instead of " + network.address.text();
  }
  return "";
}

}  // namespace buddyring
