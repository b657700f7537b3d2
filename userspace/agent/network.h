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

// Throws StartupError: interface missing or down, address not on this host or
// on another interface.
[[nodiscard]] RingNetwork find_ring_network(const AgentOptions& options);

}  // namespace buddyring
