// SPDX-License-Identifier: Apache-2.0
// `make bench-detect`: how long from a cut link to the verdict, and to the
// server table. A measurement, not a test: it exits with 0 when it could
// measure, and says whether the targets are met.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/time.h"
#include "tests/lab/lab.h"
#include "tests/lab/pool.h"

namespace buddyring {
namespace {

constexpr unsigned servers = 6;
constexpr unsigned deaths = 20;
constexpr double verdict_target_ms = 45;
constexpr double table_target_ms = 60;
constexpr auto event_timeout = std::chrono::seconds{10};

// From the instant before the cut: the cut itself, some 0.2 ms, is counted in.
struct Death {
  double verdict_ms = 0;
  double table_ms = 0;
};

double milliseconds_since(const lab::Event& event, Instant since) {
  return std::chrono::duration<double, std::milli>(instant_from_ns(event.ts_ns) - since).count();
}

std::string server_name(unsigned number) { return "s" + std::to_string(number); }

// Cuts the server's link, waits for what follows, and makes the ring whole again.
Death measure(lab::Pool& pool, const std::set<std::string>& all, const std::string& victim) {
  const lab::Span cut = pool[victim].host().cut();
  const auto verdict = pool.first_event("verdict", "buddy", victim, cut.before, event_timeout);
  const auto deleted = pool.first_event("deleted", "buddy", victim, cut.before, event_timeout);
  if (!verdict || !deleted) {
    throw std::runtime_error(victim + " was not found dead in time");
  }
  std::set<std::string> others = all;
  others.erase(victim);
  std::string off = pool.settle(others);
  pool[victim].host().mend();
  if (off.empty()) {
    off = pool.settle(all);
  }
  if (!off.empty()) {
    throw std::runtime_error("the ring did not become whole again: " + off);
  }
  return {.verdict_ms = milliseconds_since(*verdict, cut.before), .table_ms = milliseconds_since(*deleted, cut.before)};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void summarise(const char* what, const std::vector<double>& values, double target_ms) {
  const double middle = median(values);
  std::printf("%-16s min %6.1f   median %6.1f   max %6.1f ms   target: median under %.0f ms, %s\n", what,
              std::ranges::min(values), middle, std::ranges::max(values), target_ms,
              middle < target_ms ? "met" : "MISSED");
}

void run() {
  lab::Lab lab;
  lab::Pool pool(lab);
  std::set<std::string> all;
  for (unsigned number = 1; number <= servers; ++number) {
    pool.add(server_name(number));
    all.insert(server_name(number));
  }
  if (const std::string off = pool.settle(all); !off.empty()) {
    throw std::runtime_error("the first ring is off: " + off);
  }
  std::printf("%u servers, interval 10 ms, 3 misses; a link is cut\n\n", servers);
  std::printf("%5s  %-6s  %14s  %14s\n", "death", "server", "to verdict ms", "to table ms");
  std::vector<double> verdicts;
  std::vector<double> tables;
  for (unsigned number = 0; number < deaths; ++number) {
    const std::string victim = server_name(number % servers + 1);
    const Death death = measure(pool, all, victim);
    std::printf("%5u  %-6s  %14.1f  %14.1f\n", number + 1, victim.c_str(), death.verdict_ms, death.table_ms);
    verdicts.push_back(death.verdict_ms);
    tables.push_back(death.table_ms);
  }
  std::printf("\n");
  summarise("cut to verdict", verdicts, verdict_target_ms);
  summarise("cut to table", tables, table_target_ms);
}

}  // namespace
}  // namespace buddyring

int main() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    buddyring::run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
    return 1;
  }
}
