// SPDX-License-Identifier: Apache-2.0
#include "core/endpoints.h"

#include <algorithm>

#include "core/limits.h"
#include "core/result.h"

namespace buddyring {
namespace {

Duration pause_after(uint32_t failures_in_a_row, uint16_t draw) {
  Duration pause = limits::endpoint_backoff_first;
  for (uint32_t i = 1; i < failures_in_a_row && pause < limits::endpoint_backoff_max; ++i) {
    pause *= 2;
  }
  pause = std::min<Duration>(pause, limits::endpoint_backoff_max);
  return pause / 2 + pause / 2 * draw / UINT16_MAX;
}

}  // namespace

std::vector<size_t> Endpoints::to_try(Instant now) const {
  std::vector<size_t> order;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].passed_over_until <= now) {
      order.push_back(i);
    }
  }
  if (order.empty()) {
    const auto first = std::ranges::min_element(entries_, {}, &Entry::passed_over_until);
    order.push_back(static_cast<size_t>(first - entries_.begin()));
  }
  return order;
}

void Endpoints::on_reached(size_t index) {
  for (Entry& entry : entries_) {
    if (entry.state == EndpointState::reached) {
      entry.state = EndpointState::standby;
    }
  }
  Entry& entry = entries_.at(index);
  entry.state = EndpointState::reached;
  entry.in_a_row = 0;
  entry.passed_over_until = Instant{};
}

void Endpoints::on_failed(Instant now, size_t index, uint16_t draw) {
  Entry& entry = entries_.at(index);
  entry.state = EndpointState::failed;
  ++entry.failures;
  ++entry.in_a_row;
  entry.passed_over_until = now + pause_after(entry.in_a_row, draw);
}

std::optional<Endpoints::Return> Endpoints::due_return() const {
  const auto reached = std::ranges::find(entries_, EndpointState::reached, &Entry::state);
  if (reached == entries_.begin() || reached == entries_.end()) {
    return std::nullopt;
  }
  const auto first = std::min_element(entries_.begin(), reached, [](const Entry& one, const Entry& other) {
    return one.passed_over_until < other.passed_over_until;
  });
  return Return{.index = static_cast<size_t>(first - entries_.begin()), .due = first->passed_over_until};
}

}  // namespace buddyring
