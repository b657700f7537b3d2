// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/trace.h"

#include <array>
#include <cstdio>

namespace buddyring::sim {

void Trace::line(Nanos at, std::string_view who, std::string_view text) {
  std::array<char, 32> stamp{};
  std::snprintf(stamp.data(), stamp.size(), "%12.6f ", static_cast<double>(at) / static_cast<double>(second));
  std::string whole = std::string(stamp.data()) + std::string(who);
  whole.resize(std::max<size_t>(whole.size() + 1, 24), ' ');
  whole += text;
  if (lines_ == Lines::printed) {
    std::puts(whole.c_str());
  } else if (lines_ == Lines::kept) {
    kept_.push_back(std::move(whole));
    if (kept_.size() > kept_max) {
      kept_.pop_front();
    }
  }
}

}  // namespace buddyring::sim
