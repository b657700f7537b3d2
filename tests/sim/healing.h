// SPDX-License-Identifier: Apache-2.0
// Healing: how long a ring takes from k adjacent deaths until it is whole.
#pragma once

#include "tests/sim/options.h"

namespace buddyring::sim {

// Prints the table for k = 1 to 8. 0 when no k takes longer than it may.
[[nodiscard]] int tell_healing(const Options& options);

}  // namespace buddyring::sim
