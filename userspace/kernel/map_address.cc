// SPDX-License-Identifier: Apache-2.0
#include "kernel/map_address.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace buddyring {

buddyring_address to_map(const Address& address) {
  buddyring_address held{};
  std::ranges::copy(address.bytes(), held.bytes);
  return held;
}

Address from_map(const buddyring_address& address) {
  std::array<uint8_t, sizeof(address.bytes)> bytes{};
  std::ranges::copy(address.bytes, bytes.begin());
  return Address::from_bytes(bytes);
}

}  // namespace buddyring
