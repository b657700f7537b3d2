// SPDX-License-Identifier: Apache-2.0
// BoundedQueue: first in, first out, with a named limit and no allocation of
// its own. What does not fit is counted, not kept.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace buddyring {

template <class T, size_t Limit>
class BoundedQueue {
 public:
  // False, and counted, when the queue is full.
  bool push(T item) {
    if (size_ == Limit) {
      ++dropped_;
      return false;
    }
    items_[(first_ + size_) % Limit] = std::move(item);
    ++size_;
    return true;
  }

  std::optional<T> pop() {
    if (size_ == 0) {
      return std::nullopt;
    }
    std::optional<T> item{std::move(items_[first_])};
    first_ = (first_ + 1) % Limit;
    --size_;
    return item;
  }

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] uint64_t dropped() const { return dropped_; }

 private:
  std::array<T, Limit> items_{};
  size_t first_ = 0;
  size_t size_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace buddyring
