// SPDX-License-Identifier: Apache-2.0
// Time as the core knows it: always an argument, never read. An Instant counts
// CLOCK_MONOTONIC nanoseconds, the clock that the kernel programs stamp with.
#pragma once

#include <chrono>
#include <cstdint>

namespace buddyring {

using Duration = std::chrono::nanoseconds;

// A clock without now(): whoever wants the time must be given it.
struct Monotonic {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Monotonic>;
  static constexpr bool is_steady = true;
};

using Instant = Monotonic::time_point;

constexpr Instant instant_from_ns(uint64_t ns) { return Instant{Duration{static_cast<int64_t>(ns)}}; }
constexpr uint64_t to_ns(Instant instant) { return static_cast<uint64_t>(instant.time_since_epoch().count()); }
constexpr uint64_t to_ns(Duration duration) { return static_cast<uint64_t>(duration.count()); }

}  // namespace buddyring
