// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/bench.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace buddyring::bench {

double milliseconds_since(const lab::Event& event, Instant since) {
  return std::chrono::duration<double, std::milli>(instant_from_ns(event.ts_ns) - since).count();
}

std::string spread(const std::vector<double>& values) {
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "min %6.1f   median %6.1f   max %6.1f ms", std::ranges::min(values),
                median(values), std::ranges::max(values));
  return text.data();
}

}  // namespace buddyring::bench
