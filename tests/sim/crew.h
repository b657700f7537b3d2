// SPDX-License-Identifier: Apache-2.0
// Crew: processes that run seeds side by side, each seed in one of them. What
// they find comes back through a pipe; a seed that ends its process is found by
// what that process said last.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "tests/sim/run.h"

namespace buddyring::sim {

struct CrewFindings {
  std::vector<RunResult> failures;
  std::vector<uint64_t> crashed;       // seeds that ended their process
  std::vector<uint64_t> other_hashes;  // seeds whose second run went another way
};

// Calls `each` with every result as it comes, until it returns false.
CrewFindings run_seeds(const RunOptions& options, uint64_t first, uint64_t count, unsigned jobs, bool twice,
                       const std::function<bool(const RunResult&)>& each);

}  // namespace buddyring::sim
