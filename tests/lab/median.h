// SPDX-License-Identifier: Apache-2.0
// The middle of what was measured.
#pragma once

#include <algorithm>
#include <vector>

namespace buddyring::lab {

// REQUIRES at least one value. Of an even number, the mean of the two in the middle.
[[nodiscard]] inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace buddyring::lab
