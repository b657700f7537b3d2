// SPDX-License-Identifier: Apache-2.0
#include "ctl/rtt.h"

#include <gtest/gtest.h>

namespace buddyring {
namespace {

TEST(Quantile, OfNothingIsNothing) { EXPECT_FALSE(quantile_ns({}, 0.5)); }

TEST(Quantile, LiesInTheBucketThatHoldsIt) {
  buddyring_rtt_histogram histogram{};
  histogram.bucket[10] = 98;
  histogram.bucket[20] = 2;
  const uint64_t p50 = quantile_ns(histogram, 0.50).value();
  EXPECT_GE(p50, 1U << 10);
  EXPECT_LE(p50, 1U << 11);
  const uint64_t p99 = quantile_ns(histogram, 0.99).value();
  EXPECT_GE(p99, 1U << 20);
  EXPECT_LE(p99, 1U << 21);
}

TEST(Quantile, OfTheLastBucketIsItsOwn) {
  buddyring_rtt_histogram histogram{};
  histogram.bucket[BUDDYRING_RTT_BUCKETS - 1] = 1;
  EXPECT_EQ(quantile_ns(histogram, 1.0), 1ULL << BUDDYRING_RTT_BUCKETS);
}

}  // namespace
}  // namespace buddyring
