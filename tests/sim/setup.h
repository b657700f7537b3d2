// SPDX-License-Identifier: Apache-2.0
// Setup: what kind of pool a run is about, drawn from its seed where the command
// line leaves it open.
#pragma once

#include <cstdint>

#include "core/detector.h"
#include "tests/sim/clock.h"

namespace buddyring::sim {

struct Setup {
  uint64_t seed = 1;
  unsigned servers = 8;
  unsigned zones = 0;  // 0: nobody names a zone
  DetectionSettings detection{};
  Duration lease{};
  bool keep_stale = false;  // of every server

  // The wire between two hosts: each pair has its own latency within these.
  Nanos latency_min = 50 * microsecond;
  Nanos latency_max = 300 * microsecond;
  Nanos jitter_mean = 20 * microsecond;
  double unresolved = 0;                     // chance that the first question for a neighbour is lost
  Nanos wake_delay_max = 100 * microsecond;  // from a deadline or a completion to the agent's first line
  int64_t ppm_max = 200;                     // of a host's clock, either way
  Nanos registry_latency = 500 * microsecond;

  Nanos router_refresh = 200 * millisecond;
  Nanos router_staleness = 2 * second;
  bool clients = true;

  [[nodiscard]] Nanos interval() const { return nanos(detection.interval); }
  // The longest that a verdict takes: of hurried cycles, or where answers are too slow for them.
  [[nodiscard]] Nanos detection_time() const { return (detection.misses + 1) * interval(); }
};

// As the command line has it; 0 or negative: drawn.
struct Wishes {
  uint64_t seed = 1;
  unsigned servers = 0;
  Duration interval{};
  unsigned misses = 0;
};

[[nodiscard]] Setup draw_setup(const Wishes& wishes);

}  // namespace buddyring::sim
