// SPDX-License-Identifier: Apache-2.0
// PingSchedule: when which request is to leave.
//
// Theory of operation. Requests are numbered through all hosts: number n is the
// one of round n / hosts to host n % hosts. A round begins an interval after
// the one before; within it the hosts follow each other at a gap, so that
// answers do not come as a burst. A process that was kept from sending for
// longer than an interval does not catch up: the rest of its schedule moves.
// Time is an argument, never read.
#pragma once

#include <cstdint>
#include <optional>

#include "core/time.h"

namespace buddyring {

class PingSchedule {
 public:
  // REQUIRES at least one host and one round.
  PingSchedule(size_t hosts, uint64_t rounds, Duration interval, Instant start);

  // When the next request is due; nothing when all have left.
  [[nodiscard]] std::optional<Instant> next() const;
  // The number of a request that is due by `now`, which has left then.
  [[nodiscard]] std::optional<uint64_t> take(Instant now);

 private:
  size_t hosts_;
  uint64_t requests_;
  Duration interval_;
  Duration gap_;
  Instant start_;
  uint64_t next_number_ = 0;
};

}  // namespace buddyring
