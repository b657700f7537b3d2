// SPDX-License-Identifier: Apache-2.0
// `make bench`: Buddyring beside what its users would otherwise run.
//
// Theory of operation. Each row sets its stage in the one lab, lets the programs take turns and
// takes the stage down. Whatever keeps a row from running is told in its place, and the others
// go on: nothing is filled in. The exit status tells whether all could be run, not whether all
// targets were met, which the table says.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <set>
#include <string>

#include "posix/clock.h"
#include "tests/compare/machine.h"
#include "tests/compare/plot.h"
#include "tests/compare/results_file.h"
#include "tests/compare/row.h"
#include "tests/compare/table.h"

namespace buddyring::compare {
namespace {

struct Wish {
  Settings settings{};
  std::set<std::string, std::less<>> rows{};  // empty: all
  bool is_understood = true;
};

Wish wish_of(int argc, char** argv) {
  Wish wish;
  const std::string soak = "--soak=";
  for (const std::string argument : std::span(argv, static_cast<size_t>(argc)).subspan(1)) {
    if (argument.starts_with(soak)) {
      unsigned seconds = 0;
      const char* end = argument.data() + argument.size();
      wish.is_understood &= std::from_chars(argument.data() + soak.size(), end, seconds).ptr == end && seconds > 0;
      wish.settings.soak = std::chrono::seconds{seconds};
    } else {
      wish.is_understood &= std::ranges::find(all_rows(), std::string_view{argument}, &Row::name) != all_rows().end();
      wish.rows.insert(argument);
    }
  }
  return wish;
}

int usage() {
  std::fprintf(stderr, "usage: compare [--soak=SECONDS] [ROW...]\nrows:");
  for (const Row& row : all_rows()) {
    std::fprintf(stderr, " %s", std::string{row.name}.c_str());
  }
  std::fprintf(stderr, "\n");
  return 2;
}

std::vector<Result> run(const Row& row, lab::Lab& lab, const Settings& settings) {
  const Instant begin = monotonic_now();
  std::vector<Result> results;
  try {
    results = row.measure(lab, settings);
  } catch (const std::exception& error) {
    results = {{.name = std::string{row.name},
                .title = std::string{row.name},
                .unit = "",
                .verdict = Verdict::failed,
                .note = error.what()}};
  }
  for (Result& result : results) {
    result.measured_at = now_text();
    result.took_seconds = std::chrono::duration<double>(monotonic_now() - begin).count();
  }
  return results;
}

bool run_all(const Wish& wish) {
  const std::vector<Fact> facts = machine();
  print_machine(facts);
  lab::Lab lab;
  const std::string folder = (std::filesystem::path(lab.directory()).parent_path().parent_path() / "bench").string();
  ResultsFile file(folder, facts, !wish.rows.empty());
  print_head();
  std::vector<Result> all;
  for (const Row& row : all_rows()) {
    if (!wish.rows.empty() && !wish.rows.contains(row.name)) {
      continue;
    }
    for (Result& result : run(row, lab, wish.settings)) {
      print(result);
      file.put(result);
      if (const std::string wrong = result.series.empty() ? "" : draw(result, folder, lab.client().inside());
          !wrong.empty()) {
        std::printf("  no plot: %s\n", wrong.c_str());
      }
      all.push_back(std::move(result));
    }
  }
  if (const std::string wrong = draw_overview(file.comparisons(), folder, lab.client().inside()); !wrong.empty()) {
    std::printf("no overview: %s\n", wrong.c_str());
  }
  print_sum(all);
  std::printf("%s/results.json, and a plot of each beside it\n", folder.c_str());
  return std::ranges::none_of(all, [](const Result& result) { return result.verdict == Verdict::failed; });
}

}  // namespace
}  // namespace buddyring::compare

int main(int argc, char** argv) {
  using namespace buddyring::compare;
  const Wish wish = wish_of(argc, argv);
  if (!wish.is_understood) {
    return usage();
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return run_all(wish) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
    return 1;
  }
}
