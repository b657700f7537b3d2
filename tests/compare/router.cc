// SPDX-License-Identifier: Apache-2.0
// From a cut link to a router that names the server no more, against HAProxy's own checks. Both see the
// same cuts.
#include "tests/lab/router.h"

#include <memory>
#include <set>
#include <stdexcept>

#include "posix/clock.h"
#include "tests/compare/ring_deaths.h"
#include "tests/compare/row.h"
#include "tests/lab/haproxy.h"
#include "tests/lab/pool.h"
#include "tests/lab/whole_ring.h"

namespace buddyring::compare {
namespace {

constexpr unsigned servers = 4;
constexpr unsigned deaths = 12;
constexpr uint16_t server_port = 9090;
constexpr uint16_t haproxy_port = 8004;
constexpr double router_target_ms = 5;
constexpr auto patience = std::chrono::seconds{15};

double since_ms(Instant at, Instant since) { return std::chrono::duration<double, std::milli>(at - since).count(); }

class Routers {
 public:
  explicit Routers(lab::Lab& lab) : pool_(lab, {.interval = "100ms"}) {
    all_ = lab::fill(pool_, servers);
    std::string checked = "backend web\n";
    for (const std::string& server : all_) {
      origins_.push_back(std::make_unique<lab::Haproxy>(lab, pool_[server].host(), server + ".compared",
                                                        lab::haproxy_origin(server_port, server)));
      checked += "  server " + server + " " + pool_[server].address() + ":" + std::to_string(server_port) +
                 " check inter 100ms fall 3 rise 2\n";
    }
    router_ = std::make_unique<lab::Router>(lab, pool_.name());
    haproxy_ = std::make_unique<lab::Haproxy>(
        lab, lab.router(), "compared",
        "frontend clients\n  bind :" + std::to_string(haproxy_port) + "\n  default_backend web\n" + checked);
  }

  struct Death {
    double verdict_ms = 0;
    double table_ms = 0;
    double router_ms = 0;
    double haproxy_ms = 0;
  };

  Death kill(const std::string& victim) {
    const lab::Span cut = pool_[victim].host().cut();
    const auto gone = router_->wait_gone(victim, cut.before);
    const auto down = haproxy_->process().wait_line(tells(victim, " is DOWN"), cut.before, patience);
    const auto verdict = pool_.first_event("verdict", "buddy", victim, cut.before, patience);
    const auto deleted = pool_.first_event("deleted", "buddy", victim, cut.before, patience);
    if (!gone || !down || !verdict || !deleted) {
      throw std::runtime_error("the death of " + victim + " was not learnt of: " + haproxy_->err());
    }
    const Instant mended = monotonic_now();
    bring_back(pool_[victim]);
    lab::settle(pool_, all_);
    if (!haproxy_->process().wait_line(tells(victim, " is UP"), mended, patience)) {
      throw std::runtime_error("HAProxy did not take " + victim + " back");
    }
    return {.verdict_ms = since_ms(instant_from_ns(verdict->ts_ns), cut.before),
            .table_ms = since_ms(instant_from_ns(deleted->ts_ns), cut.before),
            .router_ms = since_ms(instant_from_ns(gone->ts_ns), cut.before),
            .haproxy_ms = since_ms(down->read, cut.before)};
  }

 private:
  static std::function<bool(const std::string&)> tells(const std::string& server, const std::string& what) {
    return [text = "web/" + server + what](const std::string& line) { return line.find(text) != std::string::npos; };
  }

  lab::Pool pool_;
  std::set<std::string> all_;
  std::vector<std::unique_ptr<lab::Haproxy>> origins_;
  std::unique_ptr<lab::Router> router_;
  std::unique_ptr<lab::Haproxy> haproxy_;
};

}  // namespace

std::vector<Result> router(lab::Lab& lab, const Settings& /*settings*/) {
  Routers routers(lab);
  Series ours{.who = "buddyrouter", .values = {}};
  Series theirs{.who = "HAProxy, inter 100ms fall 3", .values = {}};
  Series after_verdict{.who = "after the verdict", .values = {}};
  Series after_table{.who = "after the server table", .is_peer = false};
  for (unsigned number = 0; number < deaths; ++number) {
    const Routers::Death death = routers.kill(lab::server_name(number % servers + 1));
    ours.values.push_back(death.router_ms);
    theirs.values.push_back(death.haproxy_ms);
    after_verdict.values.push_back(death.router_ms - death.verdict_ms);
    after_table.values.push_back(death.router_ms - death.table_ms);
  }
  Result against{.name = "router",
                 .title = "cut to router, ring and checks at 100 ms x 3",
                 .unit = "ms",
                 .series = {std::move(ours), std::move(theirs)},
                 .note = "HAProxy's is when it says DOWN; both see the same cuts"};
  Result lag{.name = "router-lag",
             .title = "buddyrouter behind the ring",
             .unit = "ms",
             .series = {std::move(after_verdict), std::move(after_table)},
             .target = "5 ms after the verdict (median)",
             .note = "between verdict and table are the second witness, up to an interval later, and the SQL"};
  lag.verdict = verdict_of(lag.series[0].median() <= router_target_ms);
  return {std::move(against), std::move(lag)};
}

}  // namespace buddyring::compare
