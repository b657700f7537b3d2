// SPDX-License-Identifier: Apache-2.0
#include "ctl/rough.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace buddyring {

std::string rough(Duration duration) {
  constexpr std::array<const char*, 4> units{"ns", "us", "ms", "s"};
  auto value = static_cast<double>(duration.count());
  size_t unit = 0;
  while (std::abs(value) >= 1000 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  const int decimals = unit == 0 || std::abs(value) >= 100 ? 0 : std::abs(value) >= 10 ? 1 : 2;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f%s", decimals, value, units[unit]);
  return text.data();
}

std::string rough_ns(uint64_t ns) { return rough(Duration{static_cast<int64_t>(ns)}); }

}  // namespace buddyring
