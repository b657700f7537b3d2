// SPDX-License-Identifier: Apache-2.0
// The one place that reads the clock.
#pragma once

#include "core/time.h"

namespace buddyring {

// CLOCK_MONOTONIC, as bpf_ktime_get_ns stamps.
[[nodiscard]] Instant monotonic_now();

// CLOCK_REALTIME in nanoseconds; only for incarnation proposals, and beside the
// stamps of packets that the kernel takes by that clock.
[[nodiscard]] uint64_t realtime_ns();

}  // namespace buddyring
