// SPDX-License-Identifier: Apache-2.0
// How long each call of the procedures took, and each transaction by hand.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

#include "posix/clock.h"

namespace buddyring {

// How long each of a kind of call took.
class Times {
 public:
  template <class Work>
  void measure(const Work& work) {
    const Instant before = monotonic_now();
    work();
    each_.push_back(std::chrono::duration<double, std::micro>(monotonic_now() - before).count());
  }
  void sort() { std::ranges::sort(each_); }
  // REQUIRES sort().
  [[nodiscard]] double quantile_us(double q) const {
    return each_.at(static_cast<size_t>(q * static_cast<double>(each_.size() - 1)));
  }
  [[nodiscard]] double total_us() const {
    double sum = 0;
    for (const double one : each_) {
      sum += one;
    }
    return sum;
  }

 private:
  std::vector<double> each_;
};

struct Costs {
  Times ping;
  Times announce;
  Times remove;
  Times pick;
  Times hand_insert;  // by a transaction that reads first
  Times hand_delete;
  Times blind_insert;  // by one that knows beforehand
  Times blind_delete;

  void sort() {
    for (Times* const times :
         {&ping, &announce, &remove, &pick, &hand_insert, &hand_delete, &blind_insert, &blind_delete}) {
      times->sort();
    }
  }
  // How long the changes took by hand, against the procedures.
  [[nodiscard]] double by_hand() const {
    return (hand_insert.total_us() + hand_delete.total_us()) / (announce.total_us() + remove.total_us());
  }
  [[nodiscard]] double blind() const {
    return (blind_insert.total_us() + blind_delete.total_us()) / (announce.total_us() + remove.total_us());
  }
};

}  // namespace buddyring
