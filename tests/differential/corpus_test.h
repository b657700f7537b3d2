// SPDX-License-Identifier: Apache-2.0
// The test Differential.Corpus: hosts with our programs and one without are asked
// the same.
#pragma once

#include "tests/differential/options.h"

namespace buddyring::differential {

// Throws StartupError and std::runtime_error.
void test_corpus(const Options& options);

}  // namespace buddyring::differential
