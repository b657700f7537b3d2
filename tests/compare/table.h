// SPDX-License-Identifier: Apache-2.0
// Table: results for people.
#pragma once

#include <vector>

#include "tests/compare/machine.h"
#include "tests/compare/result.h"

namespace buddyring::compare {

void print_machine(const std::vector<Fact>& machine);
void print_head();
// A line for each series, ours first; `ours / peer` are the medians'.
void print(const Result& result);
// "9 met, 3 missed, 1 without a target, 1 not run, 0 failed".
void print_sum(const std::vector<Result>& results);

}  // namespace buddyring::compare
