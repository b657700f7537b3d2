// SPDX-License-Identifier: Apache-2.0
// The streams of chance of one seed, one for each thing that draws.
#pragma once

#include "tests/sim/prng.h"

namespace buddyring::sim::streams {

inline constexpr uint64_t setup = 1;
inline constexpr uint64_t plan = 2;
inline constexpr uint64_t network = 3;
inline constexpr uint64_t registry = 4;
inline constexpr uint64_t table = 5;
inline constexpr uint64_t hosts = 6;
inline constexpr uint64_t agents = 7;
inline constexpr uint64_t clients = 8;

}  // namespace buddyring::sim::streams
