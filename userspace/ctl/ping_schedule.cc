// SPDX-License-Identifier: Apache-2.0
#include "ctl/ping_schedule.h"

#include <algorithm>

#include "core/limits.h"
#include "core/result.h"

namespace buddyring {

PingSchedule::PingSchedule(size_t hosts, uint64_t rounds, Duration interval, Instant start)
    : hosts_(hosts), requests_(hosts * rounds), interval_(interval), gap_{}, start_(start) {
  BUDDYRING_ASSERT(hosts > 0 && rounds > 0);
  gap_ = std::min<Duration>(limits::ping_gap, interval_ / static_cast<int64_t>(hosts_));
}

std::optional<Instant> PingSchedule::next() const {
  if (next_number_ == requests_) {
    return std::nullopt;
  }
  return start_ + interval_ * static_cast<int64_t>(next_number_ / hosts_) +
         gap_ * static_cast<int64_t>(next_number_ % hosts_);
}

std::optional<uint64_t> PingSchedule::take(Instant now) {
  const auto due = next();
  if (!due || now < *due) {
    return std::nullopt;
  }
  if (now - *due > interval_) {
    start_ += now - *due;
  }
  return next_number_++;
}

}  // namespace buddyring
