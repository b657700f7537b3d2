// SPDX-License-Identifier: Apache-2.0
#include "ctl/rtt.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace buddyring {

size_t rtt_bucket(uint64_t rtt_ns) {
  constexpr size_t last = BUDDYRING_RTT_BUCKETS - 1;
  return rtt_ns == 0 ? 0 : std::min<size_t>(static_cast<size_t>(std::bit_width(rtt_ns)) - 1, last);
}

std::optional<uint64_t> quantile_ns(const buddyring_rtt_histogram& histogram, double fraction) {
  double total = 0;
  for (const __u64 count : histogram.bucket) {
    total += static_cast<double>(count);
  }
  double wanted = total * fraction;
  for (int bucket = 0; bucket < BUDDYRING_RTT_BUCKETS; ++bucket) {
    const auto count = static_cast<double>(histogram.bucket[bucket]);
    if (count > 0 && wanted <= count) {
      return static_cast<uint64_t>(std::ldexp(1.0 + wanted / count, bucket));
    }
    wanted -= count;
  }
  return std::nullopt;
}

}  // namespace buddyring
