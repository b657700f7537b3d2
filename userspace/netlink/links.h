// SPDX-License-Identifier: Apache-2.0
// The interfaces of this network namespace and their IPv4 and IPv6 addresses.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "netlink/addresses.h"

namespace buddyring {

struct Interface {
  unsigned ifindex = 0;
  std::string name;
  bool up = false;       // switched on by the administrator
  bool carrier = false;  // and it can pass frames
  unsigned mtu = 0;
  std::vector<OwnAddress> addresses;  // IPv4 first
};

// By ifindex, as the kernel lists them.
[[nodiscard]] Result<std::vector<Interface>> list_interfaces();

// not_found names the interfaces, or the addresses, that there are.
[[nodiscard]] Result<Interface> find_by_name(const std::string& name);
[[nodiscard]] Result<Interface> find_by_address(const Address& address);

// Asks the kernel now: up and with carrier. Fresher than an event, which the
// kernel may hold back for up to a second. not_found when it is gone.
[[nodiscard]] Result<bool> link_is_up(unsigned ifindex);

// How IFF_* flags read; shared with the events.
[[nodiscard]] bool flags_say_up(unsigned flags);
[[nodiscard]] bool flags_say_carrier(unsigned flags);

}  // namespace buddyring
