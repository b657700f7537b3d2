// SPDX-License-Identifier: Apache-2.0
#include "core/health_count.h"

#include <algorithm>

namespace buddyring {

using enum HealthState;

// scripts/check-protocol compares it with docs/life-cycle.md.
constexpr HealthTable table = {{
    // success, last_success, failure, last_failure
    {there, there, awaited, awaited},  // awaited
    {there, there, there, gone},       // there
    {gone, there, gone, gone},         // gone
}};

const HealthTable health_table = table;

bool HealthCount::note(bool succeeded) {
  const unsigned enough = succeeded ? limits_.rise : limits_.fall;
  in_a_row_ = succeeded == succeeded_ ? std::min(in_a_row_ + 1, enough) : 1;
  succeeded_ = succeeded;
  const bool last = in_a_row_ >= enough;
  const HealthEvent event = succeeded ? (last ? HealthEvent::last_success : HealthEvent::success)
                                      : (last ? HealthEvent::last_failure : HealthEvent::failure);
  const bool was_there = there();
  state_ = table[static_cast<size_t>(state_)][static_cast<size_t>(event)];
  return there() != was_there;
}

}  // namespace buddyring
