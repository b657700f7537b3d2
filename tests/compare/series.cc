// SPDX-License-Identifier: Apache-2.0
#include "tests/compare/series.h"

#include <algorithm>
#include <cmath>

#include "tests/lab/median.h"

namespace buddyring::compare {

double Series::min() const { return std::ranges::min(values); }
double Series::median() const { return lab::median(values); }
double Series::max() const { return std::ranges::max(values); }

double Series::p99() const {
  std::vector<double> sorted = values;
  std::ranges::sort(sorted);
  const auto rank = static_cast<size_t>(std::ceil(0.99 * static_cast<double>(sorted.size())));
  return sorted[rank - 1];
}

std::vector<Series> interleave(const std::vector<Side>& sides, unsigned rounds) {
  std::vector<Series> all;
  for (const Side& side : sides) {
    all.push_back({.who = side.who, .values = {}});
  }
  for (unsigned round = 0; round < rounds; ++round) {
    for (size_t index = 0; index < sides.size(); ++index) {
      const std::vector<double> sample = sides[index].sample();
      all[index].values.insert(all[index].values.end(), sample.begin(), sample.end());
    }
  }
  return all;
}

}  // namespace buddyring::compare
