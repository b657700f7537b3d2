// SPDX-License-Identifier: Apache-2.0
// Spoiling: what can be wrong with a frame. First in its fields, one or several
// at once, each near the limits of what is taken; then in its bytes, with and
// without checksums that cover it up.
#pragma once

#include "tests/differential/draft.h"
#include "tests/differential/world.h"
#include "tests/sim/prng.h"

namespace buddyring::differential {

// Two frames in five are spoilt in a field.
void spoil_fields(const Self& self, sim::Prng& prng, Draft& draft);
// One frame in five is damaged. Its size stays within what BPF_PROG_TEST_RUN takes.
void damage_bytes(sim::Prng& prng, Bytes& frame);

}  // namespace buddyring::differential
