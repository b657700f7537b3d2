// SPDX-License-Identifier: Apache-2.0
// Addresses as the maps hold them, and back.
#pragma once

#include "bpf/contract.h"
#include "core/address.h"

namespace buddyring {

[[nodiscard]] buddyring_address to_map(const Address& address);
[[nodiscard]] Address from_map(const buddyring_address& address);

}  // namespace buddyring
