// SPDX-License-Identifier: Apache-2.0
// What stands behind an interface: its driver, what that does to frames before
// an XDP program sees them, and what it says of XDP.
//
// Theory of operation. Driver and offloads by the ethtool ioctl, which needs no
// rights to read; XDP features by the generic netlink family "netdev", which
// kernels have from 6.3 on. Nothing is attached or changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"

namespace buddyring {

// Bits of what a driver says of XDP (enum netdev_xdp_act of the kernel's).
namespace xdp_feature {
inline constexpr uint64_t basic = 1U << 0;     // verdicts pass, drop and transmit
inline constexpr uint64_t ndo_xmit = 1U << 2;  // takes frames that XDP sends through it
}  // namespace xdp_feature

struct Card {
  std::string driver;                    // "" where there is none, as for the loopback
  bool lro = false;                      // received segments are put together
  bool vlan_offload = false;             // tags are taken out of received frames
  std::optional<uint64_t> xdp_features;  // nothing: the kernel does not tell
};

[[nodiscard]] Result<Card> look_at_card(const std::string& interface, unsigned ifindex);

}  // namespace buddyring
