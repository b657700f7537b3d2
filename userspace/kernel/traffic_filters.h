// SPDX-License-Identifier: Apache-2.0
// The traffic-control filters on one side of an interface's clsact qdisc, whoever
// put them there. libbpf finds a filter by its handle only, so they are listed here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"

namespace buddyring {

enum class TrafficSide { ingress, egress };

struct TrafficFilter {
  uint32_t handle = 0;
  uint32_t priority = 0;
  std::string kind;         // "bpf", "u32", ...
  std::string name;         // of a bpf filter: what attached it called it
  uint32_t program_id = 0;  // of a bpf filter

  // "filter NAME (bpf, program 12)", for messages.
  [[nodiscard]] std::string text() const;
};

// An interface without the qdisc has no filters.
[[nodiscard]] Result<std::vector<TrafficFilter>> list_traffic_filters(unsigned ifindex, TrafficSide side);

}  // namespace buddyring
