// SPDX-License-Identifier: Apache-2.0
#include "agent/network.h"

#include <poll.h>

#include <algorithm>
#include <optional>

#include "core/limits.h"
#include "netlink/links.h"
#include "netlink/routes.h"
#include "posix/clock.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

Interface require(const Result<Interface>& found, const std::string& option) {
  if (!found) {
    throw StartupError(option + "' is not on this host: " + found.error().message + "; give one of these");
  }
  return found.value();
}

void require_carrier(const std::vector<Interface>& interfaces) {
  if (std::ranges::any_of(interfaces, [](const Interface& each) { return each.up && each.carrier; })) {
    return;
  }
  const Interface& first = interfaces.front();
  throw StartupError("interface " + first.name + " is " + (first.up ? "up but has no carrier" : "down") +
                     (interfaces.size() > 1 ? ", and no other of them is up" : "") +
                     ": bring it up before starting buddyd (ip link set " + first.name + " up)");
}

std::vector<Interface> find_interfaces(const AgentOptions& options) {
  std::vector<Interface> interfaces;
  if (options.interfaces.empty()) {
    interfaces.push_back(require(find_by_address(*options.address), "--address '" + options.address->text()));
  }
  for (const std::string& name : options.interfaces) {
    interfaces.push_back(require(find_by_name(name), "--interface '" + name));
  }
  require_carrier(interfaces);
  return interfaces;
}

struct Home {
  RingNetwork::Link link;
  OwnAddress own;
};

std::optional<Home> home_on(const Interface& interface, const Address& wanted) {
  const auto own = std::ranges::find(interface.addresses, wanted, &OwnAddress::address);
  return own == interface.addresses.end()
             ? std::nullopt
             : std::optional(Home{.link = {interface.name, interface.ifindex}, .own = *own});
}

// On one of the interfaces; or, where several lead to it, on lo.
Home chosen_home(const std::vector<Interface>& interfaces, const Address& wanted) {
  for (const Interface& interface : interfaces) {
    if (auto home = home_on(interface, wanted)) {
      return *home;
    }
  }
  const auto loopback = interfaces.size() > 1 ? find_by_name("lo") : Error{ErrorKind::not_found, ""};
  if (const auto home = loopback ? home_on(loopback.value(), wanted) : std::nullopt) {
    return *home;
  }
  const Interface& first = interfaces.front();
  throw StartupError("--address '" + wanted.text() + "' is not on --interface '" + first.name + "', which has " +
                     (first.addresses.empty() ? "none" : first.addresses.front().address.text()) +
                     (interfaces.size() > 1 ? ", nor on any other of them, nor on lo" : ""));
}

// The same at each start, as long as the interface keeps it: the table knows a server by its address, too.
Home first_home(const std::vector<Interface>& interfaces) {
  const auto lasting = [](const OwnAddress& own) {
    return !own.passing && own.state != AddressState::duplicate && own.address.why_no_server().empty();
  };
  for (const Interface& interface : interfaces) {
    const auto own = std::ranges::find_if(interface.addresses, lasting);
    if (own != interface.addresses.end()) {
      return {.link = {interface.name, interface.ifindex}, .own = *own};
    }
  }
  throw StartupError("interface " + interfaces.front().name +
                     " has no IPv4 address and no lasting IPv6 address: give it one, or name another --interface");
}

std::string family_text(const Address& address) { return address.is_v4() ? "IPv4" : "IPv6"; }

}  // namespace

std::string RingNetwork::interfaces() const {
  std::string names;
  for (const Link& link : links) {
    names += (names.empty() ? "" : ", ") + link.interface;
  }
  return names;
}

RingNetwork find_ring_network(const AgentOptions& options) {
  const Instant give_up = monotonic_now() + limits::address_usable_timeout;
  while (true) {
    const std::vector<Interface> interfaces = find_interfaces(options);
    const auto [home, own] = options.address ? chosen_home(interfaces, *options.address) : first_home(interfaces);
    const std::string which = "address " + own.address.text() + " of interface " + home.interface;
    if (own.state == AddressState::usable) {
      RingNetwork network{.links = {}, .address = own.address, .home = home};
      for (const Interface& interface : interfaces) {
        network.links.push_back({interface.name, interface.ifindex});
      }
      return network;
    }
    if (own.state == AddressState::duplicate) {
      throw StartupError(which + " is a duplicate, so the kernel does not use it: take it from the other host on " +
                         "this link that has it, or give this one another");
    }
    if (monotonic_now() >= give_up) {
      throw StartupError(which + " is still tentative: the kernel has not yet made out that nobody else has it; " +
                         "look at ip -6 address show dev " + home.interface);
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
  if (std::ranges::find(network.links, route.value().ifindex, &RingNetwork::Link::ifindex) == network.links.end()) {
    return "leads out of " + route.value().interface + " instead of " + network.interfaces();
  }
  // Of its IPv6 addresses on one interface the kernel chooses by rules that say nothing of the way (RFC 6724).
  // Where there are several, each may have an address of its own besides.
  if (network.address.is_v4() && network.links.size() == 1 && route.value().source != network.address) {
    return "has source " + route.value().source.text() + " instead of " + network.address.text();
  }
  return "";
}

}  // namespace buddyring
