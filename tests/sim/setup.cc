// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/setup.h"

#include <algorithm>
#include <array>

#include "core/limits.h"
#include "tests/sim/streams.h"

namespace buddyring::sim {
namespace {

// The smallest pools have most of the special cases, so they come often.
unsigned draw_servers(Prng& chance) {
  if (chance.chance(0.25)) {
    return 1 + static_cast<unsigned>(chance.below(3));
  }
  return 4 + static_cast<unsigned>(chance.below(chance.chance(0.2) ? 29 : 9));
}

}  // namespace

Setup draw_setup(const Wishes& wishes) {
  Prng chance(wishes.seed, streams::setup);
  Setup setup;
  setup.seed = wishes.seed;
  const unsigned servers = draw_servers(chance);
  setup.servers = wishes.servers != 0 ? wishes.servers : servers;
  setup.zones = chance.chance(0.5) ? 2 + static_cast<unsigned>(chance.below(4)) : 0;

  constexpr std::array<int, 4> intervals_ms{10, 20, 50, 100};
  const Duration interval = std::chrono::milliseconds{intervals_ms[chance.below(intervals_ms.size())]};
  const auto misses = static_cast<unsigned>(2 + chance.below(4));
  setup.detection.interval = wishes.interval != Duration{} ? wishes.interval : interval;
  setup.detection.misses = wishes.misses != 0 ? wishes.misses : misses;

  const Duration lease = std::chrono::milliseconds{chance.chance(0.5) ? 3000 : 100 + chance.below(900)};
  setup.lease = std::max<Duration>({lease, limits::lease_min, 3 * setup.detection.interval});

  // One pool in six has long ways, on which answers take longer than an interval.
  if (chance.chance(1.0 / 6)) {
    setup.latency_min = setup.interval() / 4;
    setup.latency_max = setup.interval();
    setup.jitter_mean = setup.interval() / 20;
  }
  setup.unresolved = chance.chance(0.3) ? 0.05 : 0;
  setup.wake_delay_max = chance.chance(0.2) ? setup.interval() / 4 : 100 * microsecond;
  setup.ppm_max = chance.chance(0.15) ? 5000 : 200;
  setup.registry_latency = chance.between(200 * microsecond, chance.chance(0.3) ? 40 * millisecond : 2 * millisecond);
  setup.router_refresh = chance.between(20 * millisecond, 500 * millisecond);
  setup.router_staleness = chance.between(500 * millisecond, 5 * second);
  return setup;
}

}  // namespace buddyring::sim
