// SPDX-License-Identifier: Apache-2.0
#include "core/expectations.h"

#include <algorithm>

namespace buddyring {

Expectations::Expected* Expectations::expect(Instant now, const Server& newcomer) {
  std::optional<Expected>* place = nullptr;
  for (auto& each : expected_) {
    const bool same = each && each->newcomer == newcomer;
    if (each && !same && (each->newcomer.name == newcomer.name || each->newcomer.address == newcomer.address)) {
      each.reset();
    }
    if (same || (!each && place == nullptr)) {
      place = &each;
    }
  }
  if (place == nullptr) {
    return nullptr;
  }
  if (!*place) {
    place->emplace(Expected{.newcomer = newcomer, .since = now});
  }
  (*place)->due = now + limits::expectation_patience;
  return &**place;
}

void Expectations::fulfil(std::string_view newcomer) {
  for (auto& each : expected_) {
    if (each && each->newcomer.name == newcomer) {
      each.reset();
    }
  }
}

const Expectations::Expected* Expectations::find(std::string_view newcomer) const {
  const auto place =
      std::ranges::find_if(expected_, [&](const auto& each) { return each && each->newcomer.name == newcomer; });
  return place == expected_.end() ? nullptr : &**place;
}

Expectations::Overdue Expectations::take_overdue(Instant now) {
  Overdue overdue;
  for (auto& each : expected_) {
    if (each && each->due <= now) {
      overdue.any = true;
      overdue.acknowledged = overdue.acknowledged || each->acknowledged;
      each.reset();
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
