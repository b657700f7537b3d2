// SPDX-License-Identifier: Apache-2.0
// Addresses of the simulated hosts: 10.0.0.0 and their number.
#pragma once

#include <arpa/inet.h>

#include <cstdint>

#include "core/address.h"

namespace buddyring::sim {

inline constexpr uint32_t network_prefix = 10U << 24U;

inline Address address_of(uint32_t number) { return Address::from_v4(htonl(network_prefix | number)); }
inline uint32_t number_of(const Address& address) { return ntohl(address.v4()) & ~network_prefix; }

}  // namespace buddyring::sim
