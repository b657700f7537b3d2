// SPDX-License-Identifier: Apache-2.0
// Scale: what a server costs in pools of very different sizes.
#pragma once

#include "tests/sim/options.h"

namespace buddyring::sim {

// Prints memory and time a server for each size. 0 when every pool healed.
[[nodiscard]] int tell_scale(const Options& options);

}  // namespace buddyring::sim
