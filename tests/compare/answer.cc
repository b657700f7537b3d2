// SPDX-License-Identifier: Apache-2.0
// What it costs the kernel to answer one of our probes, against the least that answers an echo.
#include "tests/bench/answer_cost.h"
#include "tests/compare/row.h"

namespace buddyring::compare {
namespace {

constexpr unsigned samples = 10;
constexpr uint64_t rounds_of_a_sample = 20'000;
constexpr double target = 2.5;

Result result_of(const char* name, const char* title, Series ours, const Series& echo, const Series& passed) {
  const bool is_met = ours.median() <= target * echo.median();
  return {.name = name,
          .title = title,
          .unit = "ns",
          .series = {std::move(ours), echo, passed},
          .target = "at most 2.5 times the bare echo",
          .verdict = verdict_of(is_met),
          .note = "each value is the median of 20,000 runs, repeat=1, two readings of the clock included"};
}

}  // namespace

// Each round of the timer takes all kinds in turn.
std::vector<Result> answer(lab::Lab& /*lab*/, const Settings& /*settings*/) {
  bench::AnswerTimer timer;
  Series sealed{.who = "a sealed probe", .values = {}};
  Series plain{.who = "a probe without a seal", .values = {}};
  Series echo{.who = "bare echo", .values = {}};
  Series passed{.who = "a frame that is let pass", .is_peer = false};
  for (unsigned sample = 0; sample < samples; ++sample) {
    const bench::AnswerCost cost = timer.measure(rounds_of_a_sample);
    sealed.values.push_back(cost.sealed);
    plain.values.push_back(cost.plain);
    echo.values.push_back(cost.echo);
    passed.values.push_back(cost.passed);
  }
  return {result_of("answer-sealed", "to answer a probe in XDP, all features on", std::move(sealed), echo, passed),
          result_of("answer-plain", "to answer a probe in XDP, without seals", std::move(plain), echo, passed)};
}

}  // namespace buddyring::compare
