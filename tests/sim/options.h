// SPDX-License-Identifier: Apache-2.0
// Options: what the command line of the simulator says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/sim/run.h"

namespace buddyring::sim {

enum class Mode : uint8_t { run, healing, scale };

struct Options {
  Mode mode = Mode::run;
  uint64_t first_seed = 1;
  uint64_t seeds = 200;
  unsigned jobs = 2;
  bool trace = false;    // every line to standard output, one run
  bool first = false;    // no more seeds after the first that fails
  bool twice = true;     // each seed twice, for its trace hash
  RunOptions run;        // of the first seed
  std::string repeated;  // the knobs as they were given, for the command that replays a seed
};

// Nothing when help was asked for, or when something is wrong, which has been told.
[[nodiscard]] std::optional<Options> parse_options(const std::vector<std::string>& arguments);

}  // namespace buddyring::sim
