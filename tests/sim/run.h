// SPDX-License-Identifier: Apache-2.0
// Run: one seed from its first server to its last quiet, and what it showed.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>

#include "tests/sim/faults.h"

namespace buddyring::sim {

struct RunOptions {
  Wishes wishes;
  Nanos length = 0;  // virtual
  FaultChoice faults{};
  double intensity = 1;
};

// Plain, for it goes through a pipe.
struct RunResult {
  static constexpr size_t quiets_max = 128;
  uint64_t seed = 0;
  uint64_t hash = 0;
  uint64_t events = 0;
  Nanos length = 0;
  bool failed = false;
  std::array<char, 32> check{};  // the one that failed
  FaultCounts faults{};
  DeletionCounts deletions;
  uint64_t served = 0;  // clients
  uint64_t refused = 0;
  uint32_t quiets = 0;  // how many convergences were measured, and how long they took
  std::array<uint32_t, quiets_max> took_ms{};
  std::array<uint32_t, quiets_max> bound_ms{};
};

struct RunReport {
  RunResult result;
  std::string failure;  // "" when nothing failed
  std::deque<std::string> trace;
};

// The same options give the same report, lines or not.
[[nodiscard]] RunReport run_seed(const RunOptions& options, Trace::Lines lines);

// Within what time after the last fault a pool must be whole.
[[nodiscard]] Nanos convergence_bound(const World& world, Nanos faults_lasted);

// The end of a scenario or a window: nothing is wrong any more. Goes on until
// all is as it should be, or fails the check "convergence" after the bound.
// Returns how long it took.
Nanos settle(World& world, Nanos bound);

}  // namespace buddyring::sim
