// SPDX-License-Identifier: Apache-2.0
// HealthCount: whether a service is there, by how its checks went in a row.
//
// Theory of operation. A single check says little: it may have met a busy moment. A
// service that was there is gone after `fall` failures in a row, and is there again after `rise`
// successes in a row. At the beginning nothing speaks against it yet, so one
// success is enough; failures change nothing, it is merely waited for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace buddyring {

enum class HealthState : uint8_t {
  awaited,  // no check has succeeded yet
  there,
  gone,  // it was there
};
inline constexpr size_t health_states = 3;

enum class HealthEvent : uint8_t {
  success,
  last_success,  // as many in a row as it takes
  failure,
  last_failure,
};
inline constexpr size_t health_events = 4;

// docs/life-cycle.md, "health".
using HealthTable = std::array<std::array<HealthState, health_events>, health_states>;
extern const HealthTable health_table;

struct HealthLimits {
  unsigned rise = 2;  // both at least 1
  unsigned fall = 3;
};

class HealthCount {
 public:
  // `there`: it is taken over from somebody who knew it to be there.
  HealthCount(HealthLimits limits, bool there)
      : limits_(limits), state_(there ? HealthState::there : HealthState::awaited) {}

  // What is in a row stays so.
  void adjust(HealthLimits limits) { limits_ = limits; }
  // A check ended. True when the service came or went by it.
  bool note(bool succeeded);
  [[nodiscard]] HealthState state() const { return state_; }
  [[nodiscard]] bool there() const { return state_ == HealthState::there; }

 private:
  HealthLimits limits_;
  HealthState state_;
  bool succeeded_ = false;  // how the last one ended
  unsigned in_a_row_ = 0;   // that ended so
};

}  // namespace buddyring
