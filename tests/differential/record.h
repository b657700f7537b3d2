// SPDX-License-Identifier: Apache-2.0
// Records: what the programs write down of a departure and of an arrival, said a
// second time, from docs/maps.md. A stamp is given; the rest follows from it.
#pragma once

#include <cstdint>

#include "tests/differential/generator.h"
#include "tests/differential/reference.h"
#include "tests/differential/world.h"

namespace buddyring::differential {

// A probe of ours that leaves at `departed_ns`.
void record_departure(World& world, const Departed& probe, uint64_t departed_ns);
// The answer that `judgement` tells of, to a probe whose number is not answered again.
void record_answered(World& world, const Judgement& judgement);
// The arrival that `judgement` tells of.
void record_arrival(World& world, const Judgement& judgement, uint64_t arrived_ns);

}  // namespace buddyring::differential
