// SPDX-License-Identifier: Apache-2.0
#include "tests/compare/table.h"

#include <algorithm>
#include <cstdio>

namespace buddyring::compare {

void print_machine(const std::vector<Fact>& machine) {
  for (const Fact& fact : machine) {
    std::printf("%-12s %s\n", fact.name.c_str(), fact.value.c_str());
  }
}

void print_head() {
  std::printf("\n%-34s %5s %10s %10s %10s %10s  %11s\n", "", "n", "min", "median", "p99", "max", "ours / peer");
}

void print(const Result& result) {
  const std::string unit = result.unit.empty() ? "" : " (" + result.unit + ")";
  std::printf("%s%s: %s\n", result.title.c_str(), unit.c_str(), word_of(result.verdict).c_str());
  for (const Series& series : result.series) {
    if (series.values.empty()) {
      std::printf("  %-32s %5u\n", series.who.c_str(), 0U);
      continue;
    }
    const bool is_compared = series.is_peer && &series != &result.series.front();
    const double peer = series.median();
    std::printf("  %-32s %5zu %10s %10s %10s %10s  %11s\n", series.who.c_str(), series.values.size(),
                number_text(series.min()).c_str(), number_text(peer).c_str(), number_text(series.p99()).c_str(),
                number_text(series.max()).c_str(),
                is_compared && peer != 0 ? number_text(result.series.front().median() / peer).c_str() : "");
  }
  if (!result.target.empty()) {
    std::printf("  target: %s\n", result.target.c_str());
  }
  if (!result.note.empty()) {
    std::printf("  %s\n", result.note.c_str());
  }
}

void print_sum(const std::vector<Result>& results) {
  const auto count = [&](Verdict verdict) { return std::ranges::count(results, verdict, &Result::verdict); };
  std::printf("\n%td met, %td missed, %td without a target, %td not run, %td failed\n", count(Verdict::met),
              count(Verdict::missed), count(Verdict::shown), count(Verdict::not_run), count(Verdict::failed));
}

}  // namespace buddyring::compare
