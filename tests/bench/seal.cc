// SPDX-License-Identifier: Apache-2.0
// What a seal adds to the cost of an answer.
#include <cstdio>

#include "tests/bench/answer_cost.h"
#include "tests/bench/bench.h"

namespace buddyring::bench {
namespace {

constexpr uint64_t rounds = 200'000;

}  // namespace

bool seal() {
  const AnswerCost cost = AnswerTimer().measure(rounds);
  std::printf("medians of %llu runs of each; of a frame that is let pass %.0f ns, the others beyond that:\n",
              static_cast<unsigned long long>(rounds), cost.passed);
  std::printf("  an echo by the least that answers   %4.0f ns\n", cost.echo - cost.passed);
  std::printf("  a probe answered without a seal     %4.0f ns\n", cost.plain - cost.passed);
  std::printf("  a probe answered with one           %4.0f ns, %.2f times as much\n", cost.sealed - cost.passed,
              (cost.sealed - cost.passed) / (cost.plain - cost.passed));
  return true;
}

}  // namespace buddyring::bench
