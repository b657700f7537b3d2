// SPDX-License-Identifier: Apache-2.0
// How long until a server whose agent is stopped, and one whose service is killed, is
// out of the table.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "posix/clock.h"
#include "tests/bench/bench.h"

namespace buddyring::bench {
namespace {

constexpr unsigned servers = 4;
constexpr unsigned rounds = 20;
// As agents are set up that are told nothing else, but for the lease: a round takes as long as that.
constexpr double interval_ms = 100;
constexpr unsigned misses = 3;
constexpr double lease_ms = 1000;
constexpr double stopped_bound_ms = lease_ms + (misses + 1) * interval_ms;
constexpr double killed_bound_ms = 2 * interval_ms;
constexpr auto event_timeout = std::chrono::seconds{30};

// From `since` until ServerDelete of `victim` has returned, whoever called it, and the ring is whole.
double until_gone(lab::Pool& pool, const std::set<std::string>& all, const std::string& victim, Instant since) {
  const auto deleted = pool.first_event("deleted", "buddy", victim, since, event_timeout);
  if (!deleted) {
    throw std::runtime_error(victim + " was not removed in time");
  }
  std::set<std::string> others = all;
  others.erase(victim);
  settle(pool, others);
  return milliseconds_since(*deleted, since);
}

double stop_agent(lab::Pool& pool, const std::set<std::string>& all, const std::string& victim) {
  const Instant stopped = monotonic_now();
  pool[victim].process().signal(SIGSTOP);
  const double gone_ms = until_gone(pool, all, victim, stopped);
  // As a new process, which knows nothing of earlier removals and does not wait.
  pool[victim].kill();
  pool[victim].start();
  settle(pool, all);
  return gone_ms;
}

double kill_service(lab::Pool& pool, const std::set<std::string>& all, const std::string& victim) {
  lab::Agent& agent = pool[victim];
  lab::Process service(agent.host().inside(), {.argv = {"sleep", "3600"}});
  agent.stop();
  agent.settings().options = {"--watch-pid=" + std::to_string(service.pid())};
  agent.start();
  settle(pool, all);
  const Instant killed = monotonic_now();
  service.signal(SIGKILL);
  const double gone_ms = until_gone(pool, all, victim, killed);
  agent.stop();
  agent.settings().options = {};
  agent.start();
  settle(pool, all);
  return gone_ms;
}

bool summarise(const char* what, const std::vector<double>& values, const char* which, double found_ms,
               double bound_ms) {
  const bool met = found_ms <= bound_ms;
  std::printf("%-24s %s   bound: %s within %.0f ms, %s\n", what, spread(values).c_str(), which, bound_ms,
              met ? "met" : "MISSED");
  return met;
}

}  // namespace

bool stale() {
  lab::Lab lab;
  lab::Pool pool(lab, {.interval = "100ms", .misses = misses, .lease = "1s"});
  const std::set<std::string> all = fill(pool, servers);
  std::printf("%u servers, interval %.0f ms, %u misses, lease %.0f ms; to the table without the server\n\n", servers,
              interval_ms, misses, lease_ms);
  std::printf("%5s  %-6s  %18s  %19s\n", "round", "server", "agent stopped ms", "service killed ms");
  std::vector<double> stopped;
  std::vector<double> killed;
  for (unsigned number = 0; number < rounds; ++number) {
    const std::string victim = server_name(number % servers + 1);
    stopped.push_back(stop_agent(pool, all, victim));
    killed.push_back(kill_service(pool, all, victim));
    std::printf("%5u  %-6s  %18.1f  %19.1f\n", number + 1, victim.c_str(), stopped.back(), killed.back());
  }
  std::printf("\n");
  const bool met = summarise("SIGSTOP of an agent", stopped, "all", std::ranges::max(stopped), stopped_bound_ms);
  return summarise("SIGKILL of a service", killed, "the median", median(killed), killed_bound_ms) && met;
}

}  // namespace buddyring::bench
