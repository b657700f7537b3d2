// SPDX-License-Identifier: Apache-2.0
// How long until k adjacent deaths are out of the table, and how that compares
// with the time of one in the same run.
#include <algorithm>
#include <cstdio>
#include <map>
#include <stdexcept>

#include "tests/bench/bench.h"

namespace buddyring::bench {
namespace {

constexpr unsigned servers = 12;
constexpr unsigned rounds = 10;
constexpr unsigned sizes[] = {1, 2, 4};
constexpr double ratio_target = 1.5;

// Cuts `count` adjacent links, waits until none of these servers is in the
// table, and makes the ring whole again. The time from the last cut.
double measure(lab::Pool& pool, const std::set<std::string>& all, unsigned count, unsigned first) {
  const auto around = pool.ring().around();
  std::set<std::string> others = all;
  lab::Span cut{};
  for (unsigned i = 0; i < count; ++i) {
    const std::string& victim = around[(first + i) % around.size()];
    cut = pool[victim].host().cut();
    others.erase(victim);
  }
  settle(pool, others);
  double healed_ms = 0;
  unsigned deleted = 0;
  for (const lab::Event& event : pool.events("deleted", "outcome", "deleted")) {
    if (instant_from_ns(event.ts_ns) >= cut.before) {
      healed_ms = std::max(healed_ms, milliseconds_since(event, cut.before));
      deleted += static_cast<unsigned>(std::stoul(event.value("servers")));
    }
  }
  if (deleted != count) {
    throw std::runtime_error(std::to_string(deleted) + " deletions for " + std::to_string(count) + " deaths");
  }
  for (const auto& server : all) {
    if (!others.contains(server)) {
      // As a new process, which knows nothing of earlier deaths; its start waits for the link.
      pool[server].host().mend();
      pool[server].kill();
      pool[server].start();
    }
  }
  settle(pool, all);
  return healed_ms;
}

}  // namespace

bool heal() {
  lab::Lab lab;
  lab::Pool pool(lab);
  const std::set<std::string> all = fill(pool, servers);
  std::printf("%u servers, interval 10 ms, 3 misses; k adjacent links are cut, %u times each, in turn\n\n", servers,
              rounds);
  std::map<unsigned, std::vector<double>> times;
  for (unsigned round = 0; round < rounds; ++round) {
    for (const unsigned count : sizes) {
      times[count].push_back(measure(pool, all, count, round));
    }
  }
  bool met = true;
  for (const unsigned count : sizes) {
    const double ratio = median(times[count]) / median(times[1]);
    std::printf("k = %u   %s   ratio %4.2f, %s\n", count, spread(times[count]).c_str(), ratio,
                ratio <= ratio_target ? "met" : "MISSED");
    met = met && ratio <= ratio_target;
  }
  return met;
}

}  // namespace buddyring::bench
