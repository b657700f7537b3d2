// SPDX-License-Identifier: Apache-2.0
// Waiting in the lab: always for a state, always with a deadline.
//
// Where something announces the state (a log line, an exit) the lab waits on
// that; wait_until is for states that nobody announces, such as rows of the
// server table.
#pragma once

#include <chrono>
#include <concepts>
#include <thread>

namespace buddyring::lab {

using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC on Linux

// Between two looks at a state that nobody announces.
inline constexpr auto poll_interval = std::chrono::milliseconds{5};

// True as soon as `condition` holds, false when it did not within `timeout`.
template <std::predicate Condition>
[[nodiscard]] bool wait_until(Condition condition, Clock::duration timeout, Clock::duration interval = poll_interval) {
  const auto deadline = Clock::now() + timeout;
  while (!condition()) {
    if (Clock::now() >= deadline) {
      return false;
    }
    std::this_thread::sleep_for(interval);
  }
  return true;
}

}  // namespace buddyring::lab
