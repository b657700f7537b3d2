// SPDX-License-Identifier: Apache-2.0
#include "core/delay_histogram.h"

#include <algorithm>
#include <bit>

namespace buddyring {
namespace {

constexpr size_t last_bucket = BUDDYRING_DELAY_BUCKETS - 1;

constexpr Duration bound(size_t bucket) { return Duration{int64_t{1} << (BUDDYRING_DELAY_FIRST_BIT + bucket)}; }

}  // namespace

size_t delay_bucket(Duration delay) {
  const auto ns = static_cast<uint64_t>(std::max<int64_t>(delay.count(), 0));
  return std::min<size_t>(static_cast<size_t>(std::bit_width(ns >> BUDDYRING_DELAY_FIRST_BIT)), last_bucket);
}

std::optional<Duration> delay_bucket_end(size_t bucket) {
  return bucket < last_bucket ? std::optional(bound(bucket)) : std::nullopt;
}

void count_delay(buddyring_delay_histogram& histogram, Duration delay) {
  ++histogram.bucket[delay_bucket(delay)];
  histogram.sum_ns += static_cast<uint64_t>(std::max<int64_t>(delay.count(), 0));
}

uint64_t delay_count(const buddyring_delay_histogram& histogram) {
  uint64_t count = 0;
  for (const __u64 each : histogram.bucket) {
    count += each;
  }
  return count;
}

std::optional<Duration> delay_quantile(const buddyring_delay_histogram& histogram, double fraction) {
  const double wanted = static_cast<double>(delay_count(histogram)) * fraction;
  double up_to_here = 0;
  for (size_t bucket = 0; bucket <= last_bucket; ++bucket) {
    up_to_here += static_cast<double>(histogram.bucket[bucket]);
    if (up_to_here > 0 && up_to_here >= wanted) {
      return bound(std::min(bucket, last_bucket - 1));
    }
  }
  return std::nullopt;
}

}  // namespace buddyring
