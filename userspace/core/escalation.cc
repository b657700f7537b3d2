// SPDX-License-Identifier: Apache-2.0
#include "core/escalation.h"

#include <algorithm>

#include "core/delay_histogram.h"

namespace buddyring {
namespace {

uint64_t count_from(const buddyring_delay_histogram& histogram, size_t first) {
  uint64_t count = 0;
  for (size_t bucket = first; bucket < BUDDYRING_DELAY_BUCKETS; ++bucket) {
    count += histogram.bucket[bucket];
  }
  return count;
}

}  // namespace

Escalation::Escalation(Duration interval) : late_from_(delay_bucket(interval / 2)) {}

void Escalation::adjust(Duration interval, const buddyring_delay_histogram& ticks) {
  late_from_ = delay_bucket(interval / 2);
  late_ = count_from(ticks, late_from_);
  begin_window(delay_count(ticks), late_);
}

EscalationOrder Escalation::look(Instant now, const buddyring_delay_histogram& ticks) {
  const uint64_t count = delay_count(ticks);
  const uint64_t late = count_from(ticks, late_from_);
  late_at_ = late != late_ ? now : late_at_;
  late_ = late;
  if (state_ == EscalationState::risen) {
    if (now - late_at_ < calm_) {
      return EscalationOrder::none;
    }
    state_ = EscalationState::ordinary;
    begin_window(count, late);
    return EscalationOrder::fall;
  }
  if (late - window_late_ >= limits::escalation_late_ticks) {
    state_ = EscalationState::risen;
    calm_ = calm_ == Duration{} ? Duration{limits::escalation_calm_first}
                                : std::min<Duration>(2 * calm_, limits::escalation_calm_max);
    return EscalationOrder::rise;
  }
  if (count - window_count_ >= limits::escalation_window_ticks) {
    begin_window(count, late);
  }
  return EscalationOrder::none;
}

void Escalation::begin_window(uint64_t count, uint64_t late) {
  window_count_ = count;
  window_late_ = late;
}

}  // namespace buddyring
