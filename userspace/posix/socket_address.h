// SPDX-License-Identifier: Apache-2.0
// From our addresses to the system's.
#pragma once

#include <netinet/in.h>

#include "core/address.h"

namespace buddyring {

// REQUIRES an IPv4 address. Port 0: none, or whichever the kernel chooses.
[[nodiscard]] inline sockaddr_in socket_address(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  address.sin_addr.s_addr = endpoint.address.v4();
  return address;
}

}  // namespace buddyring
