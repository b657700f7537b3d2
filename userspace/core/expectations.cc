// SPDX-License-Identifier: Apache-2.0
#include "core/expectations.h"

#include <algorithm>

namespace buddyring {

bool Expectations::add(Instant now, std::string_view newcomer) {
  const auto is_same = [&](const auto& each) { return each && each->newcomer == newcomer; };
  const auto is_vacant = [](const auto& each) { return !each; };
  auto place = std::ranges::find_if(expected_, is_same);
  if (place == expected_.end()) {
    place = std::ranges::find_if(expected_, is_vacant);
  }
  if (place == expected_.end()) {
    return false;
  }
  *place = Expected{.newcomer = std::string(newcomer), .due = now + limits::expectation_patience};
  return true;
}

void Expectations::fulfil(std::string_view newcomer) {
  for (auto& each : expected_) {
    if (each && each->newcomer == newcomer) {
      each.reset();
    }
  }
}

bool Expectations::take_overdue(Instant now) {
  bool overdue = false;
  for (auto& each : expected_) {
    if (each && each->due <= now) {
      each.reset();
      overdue = true;
    }
  }
  return overdue;
}

std::optional<Instant> Expectations::next_deadline() const {
  std::optional<Instant> next;
  for (const auto& each : expected_) {
    if (each && (!next || each->due < *next)) {
      next = each->due;
    }
  }
  return next;
}

}  // namespace buddyring
