// SPDX-License-Identifier: Apache-2.0
// DetectionProfile: settings that belong together, under a name that says for what.
// docs/performance.md has what each costs and how often it was wrong.
#pragma once

#include <array>

#include "core/time.h"

namespace buddyring {

struct DetectionProfile {
  const char* name;
  Duration interval;
  unsigned misses;
  Duration lease;
  bool spins;  // never sleeps between two probes (docs/spinning.md)
};

// The first is the default.
inline constexpr std::array<DetectionProfile, 4> detection_profiles{{
    {.name = "lan",
     .interval = std::chrono::milliseconds{100},
     .misses = 3,
     .lease = std::chrono::seconds{3},
     .spins = false},  // one network, hosts that others use, too
    {.name = "fast",
     .interval = std::chrono::milliseconds{10},
     .misses = 3,
     .lease = std::chrono::seconds{1},
     .spins = false},  // one switch, hosts that are not short of CPU
    {.name = "busy",
     .interval = std::chrono::microseconds{500},
     .misses = 3,
     .lease = std::chrono::seconds{1},
     .spins = true},  // the same, and a whole core for it
    {.name = "wan",
     .interval = std::chrono::seconds{1},
     .misses = 5,
     .lease = std::chrono::seconds{10},
     .spins = false},  // between sites, whose lines drop some frames and are gone for moments
}};

}  // namespace buddyring
