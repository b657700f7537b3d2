// SPDX-License-Identifier: Apache-2.0
// The test Differential.Frames: as many frames as the options say.
#pragma once

#include "tests/differential/options.h"

namespace buddyring::differential {

// Throws StartupError when the programs cannot be loaded.
void test_frames(const Options& options);

}  // namespace buddyring::differential
