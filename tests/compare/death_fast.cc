// SPDX-License-Identifier: Apache-2.0
// From a cut link to the verdict, with short intervals, against BFD at the same ones. A cut is silence,
// which is the hardest to find: a killed process would be told of by its own kernel.
#include "posix/clock.h"
#include "tests/compare/bird.h"
#include "tests/compare/ring_deaths.h"
#include "tests/compare/row.h"
#include "tests/compare/window.h"

namespace buddyring::compare {
namespace {

constexpr unsigned servers = 4;
constexpr unsigned rounds = 10;
constexpr unsigned deaths_a_round = 5;
constexpr double fastest_target_ms = 4;

std::vector<double> deaths(const std::function<double(unsigned)>& death_ms) {
  std::vector<double> all;
  for (unsigned number = 0; number < deaths_a_round; ++number) {
    all.push_back(death_ms(number));
  }
  return all;
}

std::vector<Series> measure(RingDeaths& ring, BirdStar& birds) {
  return interleave({{"buddyd", [&] { return deaths([&](unsigned) { return ring.death_ms(); }); }},
                     {"BIRD BFD", [&] { return deaths([&](unsigned number) { return birds.death_ms(number); }); }}},
                    rounds);
}

}  // namespace

std::vector<Result> death_fast(lab::Lab& lab, const Settings& /*settings*/) {
  RingDeaths ring(lab, servers, {.interval = "10ms"});
  BirdStar birds(lab, deaths_a_round, "10 ms");
  std::vector<Series> series = measure(ring, birds);
  const bool is_met = series[0].p99() <= series[1].median();
  return {{.name = "death-10ms",
           .title = "cut to verdict, 10 ms x 3",
           .unit = "ms",
           .series = std::move(series),
           .target = "p99 at most BIRD's median",
           .verdict = verdict_of(is_met),
           .note = "verdicts on servers that were not cut off: " + std::to_string(ring.false_deaths())}};
}

std::vector<Result> death_fastest(lab::Lab& lab, const Settings& settings) {
  RingDeaths ring(lab, servers, {.interval = "1ms"});
  BirdStar birds(lab, deaths_a_round, "1 ms");
  std::vector<Series> series = measure(ring, birds);
  // What went down while it was being cut is not counted of BIRD, which gets the quiet time alone.
  const Instant quiet = monotonic_now();
  let_pass(settings.soak);
  const size_t ours = ring.false_deaths();
  const bool is_met = series[0].p99() <= fastest_target_ms && ours == 0;
  return {{.name = "death-1ms",
           .title = "cut to verdict, 1 ms x 3",
           .unit = "ms",
           .series = std::move(series),
           .target = "p99 at most 4 ms, and no false death in 10 minutes",
           .verdict = verdict_of(is_met),
           .note = "verdicts on servers that were not cut off: " + std::to_string(ours) + " by buddyd, " +
                   std::to_string(birds.watcher().downs(quiet)) + " by BIRD; looked for in a quiet time of " +
                   std::to_string(settings.soak.count()) + " s, of buddyd also between the deaths"}};
}

}  // namespace buddyring::compare
