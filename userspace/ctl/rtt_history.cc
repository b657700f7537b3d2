// SPDX-License-Identifier: Apache-2.0
#include "ctl/rtt_history.h"

#include <algorithm>

namespace buddyring {

void RttHistory::add(std::optional<uint64_t> rtt_ns) {
  looks_.push_back(rtt_ns);
  if (looks_.size() > limit) {
    looks_.pop_front();
  }
}

uint64_t RttHistory::highest_ns(size_t columns) const {
  uint64_t highest = 0;
  for (size_t i = looks_.size() - std::min(columns, looks_.size()); i < looks_.size(); ++i) {
    highest = std::max(highest, looks_[i].value_or(0));
  }
  return highest;
}

std::string RttHistory::line(size_t columns, std::span<const char* const, 8> bars) const {
  const uint64_t highest = std::max<uint64_t>(highest_ns(columns), 1);
  std::string text;
  for (size_t i = looks_.size() - std::min(columns, looks_.size()); i < looks_.size(); ++i) {
    text += looks_[i] ? bars[std::min<uint64_t>(*looks_[i] * bars.size() / highest, bars.size() - 1)] : " ";
  }
  return text;
}

}  // namespace buddyring
