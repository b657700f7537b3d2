// SPDX-License-Identifier: Apache-2.0
// SlotSet: some of the slots in which servers are watched, in ascending order.
// A word of bits: to go over it costs what is in it, not how many slots there are.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>

#include "bpf/contract.h"

namespace buddyring {

class SlotSet {
 public:
  class Iterator {
   public:
    using value_type = unsigned;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using pointer = const unsigned*;
    using reference = unsigned;
    Iterator() = default;
    explicit Iterator(uint32_t left) : left_(left) {}
    unsigned operator*() const { return static_cast<unsigned>(std::countr_zero(left_)); }
    Iterator& operator++() {
      left_ &= left_ - 1;
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(Iterator, Iterator) = default;

   private:
    uint32_t left_ = 0;
  };

  [[nodiscard]] Iterator begin() const { return Iterator{bits_}; }
  [[nodiscard]] static Iterator end() { return {}; }
  [[nodiscard]] bool contains(unsigned slot) const { return (bits_ & bit(slot)) != 0; }
  void add(unsigned slot) { bits_ |= bit(slot); }
  void remove(unsigned slot) { bits_ &= ~bit(slot); }
  // The lowest, which is in it no longer; nothing when it is empty.
  [[nodiscard]] std::optional<unsigned> take_first() {
    if (bits_ == 0) {
      return std::nullopt;
    }
    const unsigned first = *begin();
    remove(first);
    return first;
  }

 private:
  static uint32_t bit(unsigned slot) { return uint32_t{1} << slot; }
  static_assert(BUDDYRING_MAX_PEERS <= 32);

  uint32_t bits_ = 0;
};

}  // namespace buddyring
