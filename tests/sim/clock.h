// SPDX-License-Identifier: Apache-2.0
// Time in the simulator: the true time of the run, which nobody in it can read,
// and each host's clock, which starts anywhere and runs at a rate of its own.
#pragma once

#include <cstdint>

#include "core/time.h"

namespace buddyring::sim {

// True time since the run began, or a span of it.
using Nanos = int64_t;
inline constexpr Nanos microsecond = 1'000;
inline constexpr Nanos millisecond = 1'000'000;
inline constexpr Nanos second = 1'000'000'000;
inline constexpr Nanos never = INT64_MAX;

constexpr Nanos nanos(Duration duration) { return duration.count(); }

class HostClock {
 public:
  HostClock() = default;
  // `ppm`: how many microseconds it gains in a second.
  HostClock(Nanos offset, int64_t ppm) : offset_(offset), ppm_(ppm) {}

  [[nodiscard]] Instant read(Nanos at) const { return Instant{Duration{offset_ + at + at * ppm_ / million}}; }

  // The earliest true time at which the clock shows `shown` or later.
  [[nodiscard]] Nanos when(Instant shown) const {
    const Nanos span = shown.time_since_epoch().count() - offset_;
    Nanos at = span - span * ppm_ / (million + ppm_);
    while (read(at) < shown) {
      at += 1 + (shown - read(at)).count() / 2;
    }
    while (read(at - 1) >= shown) {
      --at;
    }
    return at;
  }

 private:
  static constexpr Nanos million = 1'000'000;
  Nanos offset_ = 0;
  int64_t ppm_ = 0;
};

}  // namespace buddyring::sim
