// SPDX-License-Identifier: Apache-2.0
// Counting delays in powers of two, in the shape in which the report shows them.
//
// Theory of operation. A bucket is found by the highest bit alone, so counting costs the
// same whatever the delay, and two histograms subtract: what lies between two looks is
// the difference of each bucket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "bpf/contract.h"
#include "core/time.h"

namespace buddyring {

// The bucket that counts `delay`; one below zero counts as none.
[[nodiscard]] size_t delay_bucket(Duration delay);

// Where the bucket ends; nothing for the last, which has no end.
[[nodiscard]] std::optional<Duration> delay_bucket_end(size_t bucket);

void count_delay(buddyring_delay_histogram& histogram, Duration delay);

[[nodiscard]] uint64_t delay_count(const buddyring_delay_histogram& histogram);

// The end of the bucket within which `fraction` (0 to 1) of all delays lie; of those in
// the last bucket, its beginning. Nothing when the histogram is empty.
[[nodiscard]] std::optional<Duration> delay_quantile(const buddyring_delay_histogram& histogram, double fraction);

}  // namespace buddyring
