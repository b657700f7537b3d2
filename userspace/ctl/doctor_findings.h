// SPDX-License-Identifier: Apache-2.0
// What `buddyctl doctor` makes of what it was told of a host: each a judgement of facts,
// without a look at the host itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/features.h"
#include "netlink/card.h"
#include "netlink/links.h"
#include "posix/held_capabilities.h"

namespace buddyring {

enum class Health { ok, warn, fail, skipped };
[[nodiscard]] const char* describe(Health health);

struct Finding {
  Health health = Health::ok;
  std::string found;
  std::string cure;  // "" when there is nothing to cure
};

// A message of the house, "what was attempted: what came back; the cure", taken apart.
[[nodiscard]] Finding failed_with(const std::string& message);

[[nodiscard]] Finding judge_kernel(const std::string& release);
[[nodiscard]] Finding judge_features(const Result<std::vector<std::string>>& missing);
[[nodiscard]] Finding judge_capabilities(const HeldCapabilities& held);
// "" when it could not be read.
[[nodiscard]] Finding judge_clock(const std::string& source);
[[nodiscard]] Finding judge_interface(const Interface& interface);
[[nodiscard]] Finding judge_xdp_mode(const std::string& interface, const Card& card);
// Who has a place that buddyd would take; "" for a filter's that is free or an agent's.
struct Occupants {
  XdpOccupant xdp = {};
  std::string ingress = "";
  std::string egress = "";
};
// What `buddyd --attach auto` would do there.
[[nodiscard]] Finding judge_attach_auto(const Interface& interface, const Card& card, const Occupants& occupants);
[[nodiscard]] Finding judge_xdp_slot(const std::string& interface, const XdpOccupant& occupant);
[[nodiscard]] Finding judge_mtu(const Interface& interface, const std::string& driver);
[[nodiscard]] Finding judge_lro(const std::string& interface, const Card& card);
[[nodiscard]] Finding judge_vlan_offload(const std::string& interface, const Card& card);
[[nodiscard]] Finding judge_rights(const std::vector<std::string>& forbidden);

}  // namespace buddyring
