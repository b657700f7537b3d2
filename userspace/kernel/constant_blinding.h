// SPDX-License-Identifier: Apache-2.0
// Whether the kernel blinds the constants of programs that this process loads.
//
// Theory of operation. The setting, net.core.bpf_jit_harden, is the whole machine's, but is
// shown in the first network namespace only, and what its value 1 means depends on who loads.
// So the kernel is asked for what it does: it blinds a constant by writing more instructions
// in its place, so that a program with one comes back longer than it was given.
#pragma once

#include "core/result.h"

namespace buddyring {

// An error when the program that asks cannot be loaded or looked at: then nothing is known.
[[nodiscard]] Result<bool> blinds_constants();

}  // namespace buddyring
