// SPDX-License-Identifier: Apache-2.0
// Whether a command of --notify that never ends delays verdicts: links are cut by turns in
// a ring whose agents all have such a command, and in one without.
#include <cstdio>
#include <stdexcept>

#include "tests/bench/bench.h"

namespace buddyring::bench {
namespace {

constexpr unsigned servers = 4;
constexpr unsigned deaths = 20;
constexpr double most_times_longer = 1.2;
constexpr auto event_timeout = std::chrono::seconds{10};
constexpr const char* hangs = "--notify=exec tail -f /dev/null";

struct Ring {
  explicit Ring(lab::Lab& lab, std::vector<std::string> options)
      : pool(lab, {.interval = "10ms", .options = std::move(options)}), all(fill(pool, servers)) {}
  lab::Pool pool;
  std::set<std::string> all;
  std::vector<double> verdicts_ms{};
};

void cut_one(Ring& ring, const std::string& victim) {
  const lab::Span cut = ring.pool[victim].host().cut();
  const auto verdict = ring.pool.first_event("verdict", "buddy", victim, cut.before, event_timeout);
  if (!verdict) {
    throw std::runtime_error(victim + " was not found dead in time");
  }
  ring.verdicts_ms.push_back(milliseconds_since(*verdict, cut.before));
  std::set<std::string> others = ring.all;
  others.erase(victim);
  settle(ring.pool, others);
  ring.pool[victim].host().mend();
  settle(ring.pool, ring.all);
}

}  // namespace

bool notify() {
  lab::Lab lab;
  Ring hanging(lab, {hangs});
  Ring plain(lab, {});
  std::printf("two rings of %u, interval 10 ms, 3 misses; %u links are cut in each, by turns\n\n", servers, deaths);
  for (unsigned number = 0; number < deaths; ++number) {
    const std::string victim = server_name(number % servers + 1);
    cut_one(hanging, victim);
    cut_one(plain, victim);
  }
  std::printf("cut to verdict, hooks that hang   %s\n", spread(hanging.verdicts_ms).c_str());
  std::printf("cut to verdict, without hooks     %s\n", spread(plain.verdicts_ms).c_str());
  const double ratio = median(hanging.verdicts_ms) / median(plain.verdicts_ms);
  const bool met = ratio <= most_times_longer;
  std::printf("ratio of the medians %.2f   target: at most %.1f, %s\n", ratio, most_times_longer,
              met ? "met" : "MISSED");
  return met;
}

}  // namespace buddyring::bench
