// SPDX-License-Identifier: Apache-2.0
// How long from a cut link to the verdict, which is one witness's word, and to
// the server table, which takes two; and what each server said of the last of the deaths, and when.
#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <string_view>

#include "posix/clock.h"
#include "tests/bench/bench.h"

namespace buddyring::bench {
namespace {

constexpr unsigned servers = 6;
constexpr unsigned deaths = 20;
constexpr double interval_ms = 10;
constexpr double verdict_target_ms = 45;
constexpr double table_target_ms = 60;
constexpr auto event_timeout = std::chrono::seconds{10};

// What is said while a server is found dead, in the log's names.
constexpr std::array<std::string_view, 6> told{"suspect", "abstain",      "verdict",
                                               "deleted", "replace_sent", "replace_applied"};

// One line of somebody's log.
struct Step {
  double after_ms = 0;
  std::string server;
  std::string text;
};

// From the instant before the cut: the cut itself, some 0.2 ms, is counted in.
struct Death {
  double verdict_ms = 0;
  double table_ms = 0;
  std::vector<Step> steps{};  // in their order
};

std::vector<Step> steps_since(lab::Pool& pool, const std::set<std::string>& observers, Instant cut) {
  std::vector<Step> steps;
  for (const std::string& server : observers) {
    for (const std::string_view name : told) {
      for (const lab::Event& event : pool[server].events(std::string{name})) {
        if (instant_from_ns(event.ts_ns) >= cut) {
          steps.push_back({.after_ms = milliseconds_since(event, cut),
                           .server = server,
                           .text = event.text.substr(event.text.find("event="))});
        }
      }
    }
  }
  std::ranges::sort(steps, {}, &Step::after_ms);
  return steps;
}

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
  settle(pool, others);
  Death death{.verdict_ms = milliseconds_since(*verdict, cut.before),
              .table_ms = milliseconds_since(*deleted, cut.before),
              .steps = steps_since(pool, others, cut.before)};
  pool[victim].host().mend();
  settle(pool, all);
  return death;
}

bool summarise(const char* what, const std::vector<double>& values, double target_ms) {
  std::printf("%-22s %s   target: median under %.0f ms, %s\n", what, spread(values).c_str(), target_ms,
              median(values) < target_ms ? "met" : "MISSED");
  return median(values) < target_ms;
}

}  // namespace

bool detect() {
  lab::Lab lab;
  lab::Pool pool(lab);
  const std::set<std::string> all = fill(pool, servers);
  std::printf("%u servers, interval %.0f ms, 3 misses; a link is cut\n\n", servers, interval_ms);
  std::printf("%5s  %-6s  %14s  %14s\n", "death", "server", "to verdict ms", "to table ms");
  std::vector<double> verdicts;
  std::vector<double> tables;
  std::vector<double> witnesses;
  std::vector<Step> steps;
  for (unsigned number = 0; number < deaths; ++number) {
    const std::string victim = server_name(number % servers + 1);
    Death death = measure(pool, all, victim);
    std::printf("%5u  %-6s  %14.1f  %14.1f\n", number + 1, victim.c_str(), death.verdict_ms, death.table_ms);
    verdicts.push_back(death.verdict_ms);
    tables.push_back(death.table_ms);
    witnesses.push_back(death.table_ms - death.verdict_ms);
    steps = std::move(death.steps);
  }
  std::printf("\nthe last death, ms after the cut:\n");
  for (const Step& step : steps) {
    std::printf("%8.2f  %-4s %s\n", step.after_ms, step.server.c_str(), step.text.c_str());
  }
  std::printf("\n");
  bool met = summarise("cut to verdict", verdicts, verdict_target_ms);
  met = summarise("cut to table", tables, table_target_ms) && met;
  return summarise("second witness and SQL", witnesses, interval_ms) && met;
}

}  // namespace buddyring::bench
