// SPDX-License-Identifier: Apache-2.0
// Escalation: when an agent whose ticks run late is to go before others, and when not any more.
//
// Theory of operation. What is looked at is the histogram of how late each tick ran. A tick
// is late in its bucket's eyes: from the bucket on that holds half an interval, so from
// somewhere between a quarter and a half. So many late ones within a window of ticks, and the
// agent is to rise; once none was late for a while, it is to fall back. A load that lasts
// would have it rise and fall without end, so each time that it rises again it stays
// longer, twice as long up to a limit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bpf/contract.h"
#include "core/limits.h"
#include "core/time.h"

namespace buddyring {

enum class EscalationState : uint8_t { ordinary, risen };
enum class EscalationOrder : uint8_t { none, rise, fall };

class Escalation {
 public:
  // `interval`: from one tick to the next.
  explicit Escalation(Duration interval);

  // Another interval: what the ticks so far were is forgotten.
  void adjust(Duration interval, const buddyring_delay_histogram& ticks);

  // What the histogram of all ticks says now. An order is given once.
  [[nodiscard]] EscalationOrder look(Instant now, const buddyring_delay_histogram& ticks);

  [[nodiscard]] EscalationState state() const { return state_; }
  // Without a late tick for so long, it falls.
  [[nodiscard]] Duration calm() const { return calm_; }

 private:
  void begin_window(uint64_t count, uint64_t late);

  size_t late_from_;  // the first bucket of late ticks
  EscalationState state_ = EscalationState::ordinary;
  uint64_t window_count_ = 0;  // ticks, and late ones, when the window began
  uint64_t window_late_ = 0;
  uint64_t late_ = 0;  // at the last look
  Instant late_at_{};
  Duration calm_{};
};

}  // namespace buddyring
