// SPDX-License-Identifier: Apache-2.0
#include "core/delay_histogram.h"

#include <gtest/gtest.h>

namespace buddyring {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(DelayHistogram, ABucketHoldsItsBeginningAndNotItsEnd) {
  EXPECT_EQ(delay_bucket(Duration{-5}), 0U);
  EXPECT_EQ(delay_bucket(Duration{0}), 0U);
  EXPECT_EQ(delay_bucket(Duration{16'383}), 0U);
  for (size_t bucket = 0; bucket + 1 < BUDDYRING_DELAY_BUCKETS; ++bucket) {
    const Duration end = delay_bucket_end(bucket).value();
    EXPECT_EQ(delay_bucket(end - Duration{1}), bucket);
    EXPECT_EQ(delay_bucket(end), bucket + 1);
  }
  EXPECT_EQ(delay_bucket(std::chrono::hours{24}), BUDDYRING_DELAY_BUCKETS - 1U);
  EXPECT_FALSE(delay_bucket_end(BUDDYRING_DELAY_BUCKETS - 1));
}

TEST(DelayHistogram, ReachesFromMicrosecondsToSeconds) {
  EXPECT_EQ(delay_bucket_end(0).value(), Duration{16'384});
  EXPECT_GT(delay_bucket_end(BUDDYRING_DELAY_BUCKETS - 2).value(), seconds{4});
}

TEST(DelayHistogram, CountsAndSums) {
  buddyring_delay_histogram histogram{};
  count_delay(histogram, Duration{1000});
  count_delay(histogram, milliseconds{1});
  count_delay(histogram, Duration{-7});
  EXPECT_EQ(histogram.bucket[0], 2U);
  EXPECT_EQ(histogram.bucket[6], 1U) << "of 524 to 1049 us";
  EXPECT_EQ(histogram.sum_ns, 1'001'000U);
  EXPECT_EQ(delay_count(histogram), 3U);
}

TEST(DelayHistogram, AQuantileIsTheEndOfItsBucket) {
  buddyring_delay_histogram histogram{};
  EXPECT_FALSE(delay_quantile(histogram, 0.5));
  for (int i = 0; i < 99; ++i) {
    count_delay(histogram, Duration{1000});
  }
  count_delay(histogram, seconds{100});
  EXPECT_EQ(delay_quantile(histogram, 0.5).value(), Duration{16'384});
  EXPECT_EQ(delay_quantile(histogram, 0.99).value(), Duration{16'384});
  EXPECT_EQ(delay_quantile(histogram, 1.0).value(), Duration{int64_t{1} << 32}) << "what is longer has no end";
}

}  // namespace
}  // namespace buddyring
