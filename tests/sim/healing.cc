// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/healing.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace buddyring::sim {
namespace {

constexpr unsigned servers = 24;
constexpr unsigned placements = 101;
constexpr size_t deaths_max = 8;
// How much longer than one death k of them may take, at the median.
constexpr double ratio_max = 1.5;

struct Times {
  std::vector<Nanos> whole;  // until every list equals the table again
};

// Nothing when the run failed a check.
bool measure(const Options& options, uint64_t seed, size_t deaths, Times& times) {
  Wishes wishes = options.run.wishes;
  wishes.seed = seed;
  Setup setup = draw_setup(wishes);
  setup.servers = wishes.servers != 0 ? wishes.servers : servers;
  setup.zones = 0;
  setup.detection.interval = wishes.interval != Duration{} ? wishes.interval : std::chrono::milliseconds{100};
  setup.detection.misses = wishes.misses != 0 ? wishes.misses : 3;
  setup.lease = std::chrono::seconds{3};
  setup.latency_min = 50 * microsecond;
  setup.latency_max = 300 * microsecond;
  setup.jitter_mean = 20 * microsecond;
  setup.unresolved = 0;
  setup.wake_delay_max = 100 * microsecond;
  setup.registry_latency = 2 * millisecond;
  setup.clients = false;
  World world(setup, Trace::Lines::kept);
  Faults faults(world, FaultChoice{}, 0);
  // Started at different moments, so that their ticks are not in step.
  Prng chance(seed, streams::plan + 200);
  for (NodeId host = 0; host < setup.servers; ++host) {
    const Nanos at = chance.between(0, second);
    world.queue.add(at, Happening::power_on, host);
    world.queue.add(at, Happening::start, host);
  }
  world.run_for(second);
  settle(world, 60 * second);
  world.run_for(chance.between(second, 2 * second));
  for (const NodeId host : faults.neighbours(deaths)) {
    world.node(host).crash();
  }
  const Nanos died = world.now;
  while (!world.checker.violation() && !world.checker.unsettled().empty() && world.now - died < 60 * second) {
    world.run_for(millisecond);
  }
  if (const auto& violation = world.checker.violation()) {
    std::printf("seed %llu, %zu deaths: %s: %s\n", static_cast<unsigned long long>(seed), deaths,
                violation->check.c_str(), violation->text.c_str());
    return false;
  }
  times.whole.push_back(world.now - died);
  return true;
}

double in_ms(Nanos span) { return static_cast<double>(span) / static_cast<double>(millisecond); }

}  // namespace

int tell_healing(const Options& options) {
  std::printf("adjacent deaths in a ring of %u until it is whole, %u placements each, ms\n",
              options.run.wishes.servers != 0 ? options.run.wishes.servers : servers, placements);
  std::puts("deaths   median      p90     most   ratio of medians");
  double one = 0;
  bool good = true;
  for (size_t deaths = 1; deaths <= deaths_max; ++deaths) {
    Times times;
    for (unsigned i = 0; i < placements; ++i) {
      good = measure(options, options.first_seed + i, deaths, times) && good;
    }
    std::ranges::sort(times.whole);
    if (times.whole.empty()) {
      return 1;
    }
    const double median = in_ms(times.whole[times.whole.size() / 2]);
    one = deaths == 1 ? median : one;
    good = good && median <= ratio_max * one;
    std::printf("%6zu %8.1f %8.1f %8.1f   %.2f\n", deaths, median, in_ms(times.whole[times.whole.size() * 9 / 10]),
                in_ms(times.whole.back()), median / one);
  }
  std::printf("%s: no ratio may be above %.1f\n", good ? "good" : "FAILED", ratio_max);
  return good ? 0 : 1;
}

}  // namespace buddyring::sim
