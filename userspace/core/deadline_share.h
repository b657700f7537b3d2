// SPDX-License-Identifier: Apache-2.0
// DeadlineShare: how much of the CPU an agent's thread is promised under SCHED_DEADLINE, and how often.
#pragma once

#include <algorithm>

#include "core/limits.h"
#include "core/time.h"

namespace buddyring {

struct DeadlineShare {
  Duration runtime;  // of each period
  Duration period;   // and deadline
  friend bool operator==(const DeadlineShare&, const DeadlineShare&) = default;
};

// `interval`: from one tick to the next, at least limits::interval_min.
[[nodiscard]] constexpr DeadlineShare deadline_share(Duration interval) {
  const Duration period =
      std::min<Duration>(interval / limits::deadline_periods_an_interval, limits::deadline_period_max);
  return {.runtime = std::max<Duration>(period / limits::deadline_parts_a_period, limits::deadline_runtime_min),
          .period = period};
}

}  // namespace buddyring
