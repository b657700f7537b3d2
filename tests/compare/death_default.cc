// SPDX-License-Identifier: Apache-2.0
// From a cut link to the verdict with the settings that each program has by default.
#include <stdexcept>

#include "tests/compare/ring_deaths.h"
#include "tests/compare/row.h"
#include "tests/compare/serf.h"

namespace buddyring::compare {
namespace {

constexpr unsigned servers = 6;
// None comes back: it would take serf as long again.
constexpr unsigned serf_servers = 2 * rounds_min;
constexpr uint16_t lan_port = 7950;
constexpr uint16_t local_port = 7951;
constexpr double target = 10;

// A cut befalls both clusters, whose agents share the hosts: each yields a value by it.
class SerfDeaths {
 public:
  explicit SerfDeaths(lab::Lab& lab) {
    for (unsigned number = 0; number < serf_servers; ++number) {
      hosts_.push_back(lab.new_host("serf"));
    }
    lan_ = std::make_unique<SerfCluster>(lab, hosts_, "lan", lan_port);
    local_ = std::make_unique<SerfCluster>(lab, hosts_, "local", local_port);
  }

  // Milliseconds, of lan and of local.
  std::pair<double, double> death_ms() {
    const size_t victim = next_++;
    const lab::Span cut = hosts_[victim]->cut();
    const auto lan = lan_->wait_failed(victim, cut.before);
    const auto local = local_->wait_failed(victim, cut.before);
    if (!lan || !local) {
      throw std::runtime_error("serf did not find a server dead in time");
    }
    const auto since = [&](Instant at) { return std::chrono::duration<double, std::milli>(at - cut.before).count(); };
    return {since(*lan), since(*local)};
  }

 private:
  std::vector<std::unique_ptr<lab::Host>> hosts_;
  std::unique_ptr<SerfCluster> lan_;
  std::unique_ptr<SerfCluster> local_;
  size_t next_ = 1;
};

}  // namespace

std::vector<Result> death_default(lab::Lab& lab, const Settings& /*settings*/) {
  RingDeaths ring(lab, servers, {.interval = "100ms"});
  SerfDeaths serf(lab);
  Series local{.who = "serf -profile local", .values = {}};
  std::vector<Series> series = interleave({{"buddyd",
                                            [&] {
                                              return std::vector{ring.death_ms(), ring.death_ms()};
                                            }},
                                           {"serf -profile lan", [&] {
                                              const auto [lan_ms, local_ms] = serf.death_ms();
                                              local.values.push_back(local_ms);
                                              return std::vector{lan_ms};
                                            }}});
  series.push_back(std::move(local));
  const bool is_met = target * series[0].median() <= std::min(series[1].median(), series[2].median());
  return {{.name = "death-default",
           .title = "cut to verdict, defaults",
           .unit = "ms",
           .series = std::move(series),
           .target = "a tenth of serf's medians at most",
           .verdict = verdict_of(is_met),
           .note = "verdicts on servers that were not cut off: " + std::to_string(ring.false_deaths())}};
}

}  // namespace buddyring::compare
