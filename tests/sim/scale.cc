// SPDX-License-Identifier: Apache-2.0
// Theory of operation. A processor's caches hold a pool of 1,000 and not one of
// 100,000, which says nothing about a ring: no two servers of a real one share a
// cache. So each size is measured with the same number of servers in all, in as
// many pools as that takes, which go on a slice of time each in turn.
#include "tests/sim/scale.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <vector>

namespace buddyring::sim {
namespace {

constexpr std::array<unsigned, 3> sizes{1'000, 10'000, 100'000};
constexpr unsigned deaths = 5;
constexpr Nanos measured = 5 * second;
constexpr Nanos slice = 10 * millisecond;
constexpr unsigned servers_in_all = sizes.back();
// The table's and the event queue's trees are deeper in a large pool; nothing else may cost more there.
constexpr double cost_ratio_max = 1.3;
constexpr double memory_ratio_max = 1.1;

// What one size of pool costs; plain, for it goes through a pipe.
struct Cost {
  double bytes = 0;    // of memory, a server
  double seconds = 0;  // of CPU, a server and virtual second
  bool good = false;   // all healed, nothing violated
};

uint64_t resident_bytes() {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// A pool of `servers`, whole and at rest.
class RestingPool {
 public:
  RestingPool(unsigned servers, uint64_t seed)
      : world_(setup(servers, seed), Trace::Lines::none),
        faults_(world_, FaultChoice{}, 0),
        chance_(seed, streams::plan) {
    for (NodeId host = 0; host < servers; ++host) {
      const Nanos at = chance_.between(0, 20 * second);
      world_.queue.add(at, Happening::power_on, host);
      world_.queue.add(at, Happening::start, host);
    }
    world_.run_for(20 * second);
    settle(world_, 60 * second);
  }

  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] uint64_t wakes() const {
    uint64_t sum = 0;
    for (const auto& node : world_.nodes) {
      sum += node->wakes();
    }
    return sum;
  }
  // Kills a few; how long it took until the ring was whole again.
  Nanos heal() {
    for (unsigned i = 0; i < deaths; ++i) {
      world_.node(static_cast<NodeId>(chance_.below(world_.nodes.size()))).crash();
    }
    return settle(world_, 60 * second);
  }

 private:
  static Setup setup(unsigned servers, uint64_t seed) {
    Setup chosen;
    chosen.seed = seed;
    chosen.servers = servers;
    chosen.detection = {.interval = std::chrono::seconds{1}, .misses = 3};
    chosen.lease = std::chrono::seconds{10};
    chosen.clients = false;
    return chosen;
  }

  World world_;
  Faults faults_;
  Prng chance_;
};

// What has happened so far in all `pools`.
struct Totals {
  explicit Totals(const std::vector<std::unique_ptr<RestingPool>>& pools) : cpu_seconds(sim::cpu_seconds()) {
    for (const auto& pool : pools) {
      events += pool->world().events;
      wakes += pool->wakes();
      calls += pool->world().registry.calls();
    }
  }
  double cpu_seconds = 0;
  uint64_t events = 0;
  uint64_t wakes = 0;
  uint64_t calls = 0;
};

Cost measure(unsigned servers, uint64_t seed) {
  const unsigned count = servers_in_all / servers;
  const uint64_t memory_before = resident_bytes();
  std::vector<std::unique_ptr<RestingPool>> pools;
  for (unsigned i = 0; i < count; ++i) {
    pools.push_back(std::make_unique<RestingPool>(servers, seed + i));
  }
  Cost cost{.bytes = static_cast<double>(resident_bytes() - memory_before) / servers_in_all};
  const Totals before(pools);
  for (Nanos passed = 0; passed < measured; passed += slice) {
    for (const auto& pool : pools) {
      pool->world().run_for(slice);
    }
  }
  const Totals after(pools);
  constexpr double spans = static_cast<double>(measured) / static_cast<double>(second) * servers_in_all;
  cost.seconds = (after.cpu_seconds - before.cpu_seconds) / spans;
  Nanos healed = 0;
  cost.good = true;
  for (const auto& pool : pools) {
    healed = std::max(healed, pool->heal());
    if (const auto& violation = pool->world().checker.violation()) {
      std::printf("FAILED: %s: %s\n", violation->check.c_str(), violation->text.c_str());
      cost.good = false;
    }
  }
  const auto each = [&](uint64_t from, uint64_t to) { return static_cast<double>(to - from) / spans; };
  std::printf("%8u %6u %12.1f %10.2f %11.2f %10.2f %14.3f %12.2f\n", servers, count, cost.bytes / 1024,
              cost.seconds * 1e6, each(before.events, after.events), each(before.wakes, after.wakes),
              each(before.calls, after.calls), static_cast<double>(healed) / static_cast<double>(second));
  return cost;
}

// In a process of its own, so that one's memory is not another's.
Cost measure_apart(unsigned servers, uint64_t seed) {
  Cost cost;
  std::array<int, 2> ends{};
  std::fflush(stdout);
  if (pipe(ends.data()) != 0) {
    return cost;
  }
  const pid_t child = fork();
  if (child == 0) {
    cost = measure(servers, seed);
    std::fflush(stdout);
    _exit(write(ends[1], &cost, sizeof(cost)) == sizeof(cost) ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  close(ends[1]);
  int status = 0;
  const bool told = child > 0 && read(ends[0], &cost, sizeof(cost)) == sizeof(cost);
  close(ends[0]);
  const bool ended_well = child > 0 && waitpid(child, &status, 0) == child && status == 0;
  cost.good = told && ended_well && cost.good;
  return cost;
}

bool is_flat(const char* what, double small, double large, double ratio_max) {
  const double ratio = large / small;
  const bool flat = ratio <= ratio_max;
  std::printf("%s of a server in the largest pool: %.2f times that in the smallest, at most %.2f: %s\n", what, ratio,
              ratio_max, flat ? "flat" : "NOT FLAT");
  return flat;
}

}  // namespace

int tell_scale(const Options& options) {
  std::printf(
      "interval 1 s, misses 3; %u servers in all; a server and virtual second over %lld s of rest, then %u deaths a "
      "pool\n",
      servers_in_all, static_cast<long long>(measured / second), deaths);
  std::puts(" servers  pools   KiB/server  us/server  events/srv  wakes/srv  SQL calls/srv  healed in s");
  bool good = true;
  std::array<Cost, sizes.size()> costs;
  for (size_t i = 0; i < sizes.size(); ++i) {
    costs.at(i) = measure_apart(sizes.at(i), options.first_seed);
    good = good && costs.at(i).good;
  }
  if (good) {
    good = is_flat("memory", costs.front().bytes, costs.back().bytes, memory_ratio_max);
    good = is_flat("CPU time", costs.front().seconds, costs.back().seconds, cost_ratio_max) && good;
  }
  return good ? 0 : 1;
}

}  // namespace buddyring::sim
