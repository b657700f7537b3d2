// SPDX-License-Identifier: Apache-2.0
// RingNetwork: the interface and the address that an agent uses, found out from
// what it was told of them.
#pragma once

#include <string>

#include "agent/options.h"
#include "core/address.h"

namespace buddyring {

struct RingNetwork {
  std::string interface;
  unsigned ifindex = 0;
  Address address;
};

// Without a chosen address: the interface's first IPv4 address, or else its first
// IPv6 address that is there to stay. Waits for one that is still tentative.
// Throws StartupError: interface missing or down, address not on this host, on
// another interface or a duplicate.
[[nodiscard]] RingNetwork find_ring_network(const AgentOptions& options);

// Probes and messages leave by the ring's interface from our own address
// whatever the routes say. Where the route to `buddy` differs, this is how, for
// answers may not find back; "" where it does not.
[[nodiscard]] std::string route_problem(const RingNetwork& network, const Address& buddy);

}  // namespace buddyring
