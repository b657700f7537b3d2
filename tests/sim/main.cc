// SPDX-License-Identifier: Apache-2.0
// The simulator's command line, a table of contents: see options.cc for what it
// takes, run.h for what a seed does, checker.h for what must hold.
#include <cstdio>

#include "tests/sim/crew.h"
#include "tests/sim/healing.h"
#include "tests/sim/options.h"
#include "tests/sim/report.h"
#include "tests/sim/scale.h"

namespace buddyring::sim {
namespace {

int run(const Options& options) {
  if (options.trace) {
    RunOptions one = options.run;
    one.wishes.seed = options.first_seed;
    const RunReport report = run_seed(one, Trace::Lines::printed);
    std::puts(report.result.failed ? report.failure.c_str() : "nothing failed");
    return report.result.failed ? 1 : 0;
  }
  Report report(options.seeds);
  const auto each = [&](const RunResult& result) {
    report.add(result);
    return !(options.first && result.failed);
  };
  const CrewFindings findings =
      run_seeds(options.run, options.first_seed, options.seeds, options.jobs, options.twice, each);
  return report.close(options, findings) ? 0 : 1;
}

}  // namespace
}  // namespace buddyring::sim

int main(int count, char** arguments) {
  using namespace buddyring::sim;
  const auto options = parse_options({arguments + 1, arguments + count});
  if (!options) {
    return 2;
  }
  switch (options->mode) {
    case Mode::run:
      return run(*options);
    case Mode::healing:
      return tell_healing(*options);
    case Mode::scale:
      return tell_scale(*options);
  }
}
