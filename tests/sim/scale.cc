// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/scale.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace buddyring::sim {
namespace {

constexpr std::array<unsigned, 3> sizes{1'000, 10'000, 100'000};
constexpr unsigned deaths = 5;
constexpr Nanos measured = 5 * second;

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

uint64_t wakes(const World& world) {
  uint64_t sum = 0;
  for (const auto& node : world.nodes) {
    sum += node->wakes();
  }
  return sum;
}

bool measure(unsigned servers, uint64_t seed) {
  Setup setup;
  setup.seed = seed;
  setup.servers = servers;
  setup.detection = {.interval = std::chrono::seconds{1}, .misses = 3};
  setup.lease = std::chrono::seconds{10};
  setup.clients = false;
  const uint64_t before = resident_bytes();
  World world(setup, Trace::Lines::none);
  Faults faults(world, FaultChoice{}, 0);
  Prng chance(seed, streams::plan);
  for (NodeId host = 0; host < servers; ++host) {
    const Nanos at = chance.between(0, 20 * second);
    world.queue.add(at, Happening::power_on, host);
    world.queue.add(at, Happening::start, host);
  }
  world.run_for(20 * second);
  settle(world, 60 * second);
  const auto per_server = static_cast<double>(resident_bytes() - before) / servers;
  const double cpu_began = cpu_seconds();
  const uint64_t events_began = world.events;
  const uint64_t wakes_began = wakes(world);
  const uint64_t calls_began = world.registry.calls();
  world.run_for(measured);
  const double virtual_seconds = static_cast<double>(measured) / static_cast<double>(second);
  const double cpu = (cpu_seconds() - cpu_began) / virtual_seconds;
  const double events = static_cast<double>(world.events - events_began) / virtual_seconds / servers;
  const double woken = static_cast<double>(wakes(world) - wakes_began) / virtual_seconds / servers;
  const uint64_t calls = world.registry.calls() - calls_began;
  for (unsigned i = 0; i < deaths; ++i) {
    world.node(static_cast<NodeId>(chance.below(servers))).crash();
  }
  const Nanos healed = settle(world, 60 * second);
  std::printf("%8u %12.1f %14.3f %12.2f %10.2f %8.2f %12llu %12.2f\n", servers, per_server / 1024, cpu,
              cpu / servers * 1e6, events, woken, static_cast<unsigned long long>(calls),
              static_cast<double>(healed) / static_cast<double>(second));
  if (const auto& violation = world.checker.violation()) {
    std::printf("FAILED: %s: %s\n", violation->check.c_str(), violation->text.c_str());
  }
  return !world.checker.violation();
}

}  // namespace

int tell_scale(const Options& options) {
  std::printf("interval 1 s, misses 3; per virtual second over %lld s of rest, then %u deaths\n",
              static_cast<long long>(measured / second), deaths);
  std::puts(" servers  KiB/server  CPU s/virt. s  us/server  events/srv  wakes/srv  SQL calls  healed in s");
  bool good = true;
  for (const unsigned servers : sizes) {
    std::fflush(stdout);
    // A process each, so that one's memory is not another's.
    const pid_t child = fork();
    if (child == 0) {
      const bool healed = measure(servers, options.first_seed);
      std::fflush(stdout);
      _exit(healed ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    int status = 0;
    good = child > 0 && waitpid(child, &status, 0) == child && status == 0 && good;
  }
  return good ? 0 : 1;
}

}  // namespace buddyring::sim
