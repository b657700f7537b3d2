// SPDX-License-Identifier: Apache-2.0
// The MAC of an interface, as frames for this host carry it.
#pragma once

#include <array>
#include <cstdint>

#include "bpf/contract.h"
#include "core/result.h"

namespace buddyring {

using LinkAddress = std::array<uint8_t, BUDDYRING_LINK_ADDRESS_BYTES>;

// not_found when no interface has this index, invalid when it carries no
// Ethernet frames, which is what the kernel programs read.
[[nodiscard]] Result<LinkAddress> link_address_of(unsigned ifindex);

}  // namespace buddyring
