// SPDX-License-Identifier: Apache-2.0
// Series: what was measured of one program, value by value.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace buddyring::compare {

struct Series {
  std::string who;
  std::vector<double> values{};
  bool is_peer = true;  // but for the first of a result: ours is compared with it

  // All REQUIRE at least one value.
  [[nodiscard]] double min() const;
  [[nodiscard]] double median() const;
  // The value that 99 % of them do not exceed (nearest rank).
  [[nodiscard]] double p99() const;
  [[nodiscard]] double max() const;
};

// A program of a comparison, and what measures it once: that may yield several values, such
// as one for each death.
struct Side {
  std::string who;
  std::function<std::vector<double>()> sample;
};

inline constexpr unsigned rounds_min = 5;

// So many samples of each, in turns: A B A B.
[[nodiscard]] std::vector<Series> interleave(const std::vector<Side>& sides, unsigned rounds = rounds_min);

}  // namespace buddyring::compare
