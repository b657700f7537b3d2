// SPDX-License-Identifier: Apache-2.0
// Result: one row of the comparison, as it is printed, kept and drawn.
#pragma once

#include <string>
#include <vector>

#include "tests/compare/series.h"

namespace buddyring::compare {

enum class Verdict {
  met,
  missed,
  shown,    // there is no target
  not_run,  // there is nothing to measure: `note` says why
  failed,   // it could not be measured: `note` says why
};
[[nodiscard]] std::string word_of(Verdict verdict);

struct Result {
  std::string name;  // of its files, and unique
  std::string title;
  std::string unit;
  std::vector<Series> series{};  // ours first
  bool more_is_better = false;
  std::string target{};  // in words
  Verdict verdict = Verdict::shown;
  std::string note{};         // what else was seen, or why it did not run
  std::string measured_at{};  // date and time, UTC
  double took_seconds = 0;
};

[[nodiscard]] inline Verdict verdict_of(bool is_met) { return is_met ? Verdict::met : Verdict::missed; }

// A number for people: four digits that count, or all before the point.
[[nodiscard]] std::string number_text(double value);

}  // namespace buddyring::compare
