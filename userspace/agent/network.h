// SPDX-License-Identifier: Apache-2.0
// RingNetwork: the interfaces and the address that an agent uses, found out from
// what it was told of them.
#pragma once

#include <string>
#include <vector>

#include "agent/options.h"
#include "core/address.h"

namespace buddyring {

struct RingNetwork {
  struct Link {
    std::string interface;
    unsigned ifindex = 0;
  };
  std::vector<Link> links;  // at least one
  Address address;
  Link home;  // has the address: one of `links`, or lo where there are several

  // The links' interfaces: "eth0, eth1".
  [[nodiscard]] std::string interfaces() const;
};

// Without a chosen address: the first IPv4 address of the first interface that has a
// lasting one, or else its first IPv6 address that is there to stay. Waits for one that
// is still tentative. Throws StartupError: interface missing, none up, address not on
// this host, on another interface or a duplicate.
[[nodiscard]] RingNetwork find_ring_network(const AgentOptions& options);

// Probes leave from our own address and, where there is one interface, by that whatever
// the routes say; of several, a route chooses. Where the route to `buddy` differs, this is
// how, for answers may not find back; "" where it does not.
[[nodiscard]] std::string route_problem(const RingNetwork& network, const Address& buddy);

}  // namespace buddyring
