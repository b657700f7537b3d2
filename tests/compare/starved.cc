// SPDX-License-Identifier: Apache-2.0
// False deaths of a server whose daemon hardly gets to run while its host is well.
//
// Theory of operation. The three daemons are held back at the same time, each by a quota of its own:
// what is counted does not depend on who else runs.
#include <algorithm>
#include <numeric>

#include "posix/clock.h"
#include "tests/compare/bird.h"
#include "tests/compare/ring_deaths.h"
#include "tests/compare/row.h"
#include "tests/compare/serf.h"
#include "tests/compare/window.h"
#include "tests/lab/cpu_quota.h"

namespace buddyring::compare {
namespace {

using namespace std::chrono_literals;

constexpr unsigned servers = 4;
constexpr auto quota = 5ms;
constexpr auto period = 1s;
constexpr auto starved_for = 20s;
constexpr auto recovery = 2s;
constexpr uint16_t gossip_port = 7952;

double sum(const Series& series) { return std::accumulate(series.values.begin(), series.values.end(), 0.0); }

}  // namespace

std::vector<Result> starved(lab::Lab& lab, const Settings& /*settings*/) {
  RingDeaths ring(lab, servers, {.interval = "10ms"});
  BirdStar birds(lab, 1, "10 ms");
  std::vector<std::unique_ptr<lab::Host>> hosts;
  for (unsigned number = 0; number < servers; ++number) {
    hosts.push_back(lab.new_host("serf"));
  }
  SerfCluster serf(lab, hosts, "local", gossip_port);
  std::vector<Series> series{{"buddyd, 10 ms x 3", {}}, {"BIRD BFD, 10 ms x 3", {}}, {"serf -profile local", {}}};
  unsigned long held_back = 0;
  for (unsigned round = 0; round < rounds_min; ++round) {
    const Instant since = monotonic_now();
    const size_t false_before = ring.false_deaths();
    {
      const lab::CpuQuota ours(ring.pool()[lab::server_name(1)].process().pid(), quota, period);
      const lab::CpuQuota bfd(birds.other(0).process().pid(), quota, period);
      const lab::CpuQuota gossip(serf.agent(1).pid(), quota, period);
      let_pass(starved_for);
      held_back += ours.throttled_periods();
    }
    series[0].values.push_back(static_cast<double>(ring.false_deaths() - false_before));
    series[1].values.push_back(static_cast<double>(birds.watcher().downs(since)));
    series[2].values.push_back(static_cast<double>(serf.failures(1, since)));
    let_pass(recovery);
  }
  const bool is_met = sum(series[0]) == 0;
  std::string note = "in all: " + number_text(sum(series[0])) + ", " + number_text(sum(series[1])) + " and " +
                     number_text(sum(series[2])) +
                     "; periods in which the agent was held back: " + std::to_string(held_back) + " of " +
                     std::to_string(rounds_min * starved_for / period);
  return {{.name = "starved",
           .title = "false deaths, 5 ms of CPU a second for 20 s",
           .unit = "deaths",
           .series = std::move(series),
           .target = "0",
           .verdict = verdict_of(is_met),
           .note = std::move(note)}};
}

}  // namespace buddyring::compare
