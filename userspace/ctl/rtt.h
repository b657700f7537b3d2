// SPDX-License-Identifier: Apache-2.0
// What a histogram of round-trip times says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "bpf/contract.h"

namespace buddyring {

// The bucket that counts an RTT, as the kernel program chooses it.
[[nodiscard]] size_t rtt_bucket(uint64_t rtt_ns);

// The time that `fraction` (0 to 1) of all RTTs stay within, exact to its
// bucket, which is a factor of two wide: values are taken to lie evenly in it.
// Nothing when the histogram is empty.
[[nodiscard]] std::optional<uint64_t> quantile_ns(const buddyring_rtt_histogram& histogram, double fraction);

}  // namespace buddyring
