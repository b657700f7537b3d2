// SPDX-License-Identifier: Apache-2.0
// Failed requests when a server dies: an HAProxy that is kept equal to the ring against an
// HAProxy with its own health checks, both at the same time, asked at the same instants
// and before the same servers.
//
// Theory of operation. Each server's host runs an agent, and an HAProxy that answers 200 as the
// server proper. A death is a cut link: nothing is refused, all is silence, which is the
// hardest to find. Neither of the two proxies tries another server for a request that fails, so
// that what is counted is how long each went on choosing the dead one.
#include "tests/lab/haproxy.h"

#include <cstdio>
#include <memory>
#include <set>
#include <stdexcept>

#include "tests/lab/http.h"
#include "tests/lab/pool.h"
#include "tests/lab/wait.h"
#include "tests/lab/whole_ring.h"
#include "tests/peers/load.h"
#include "tests/peers/peers.h"

namespace buddyring::peers {
namespace {

constexpr unsigned servers = 4;
constexpr unsigned deaths = 8;
constexpr uint16_t server_port = 9090;
constexpr uint16_t synced_port = 8001;
constexpr uint16_t checking_port = 8002;
constexpr unsigned slots = 8;
constexpr auto gap = std::chrono::milliseconds{2};
// Requests to each proxy, `gap` apart.
constexpr unsigned asked_before_death = 250;
constexpr unsigned asked_after_death = 750;
constexpr auto patience = std::chrono::seconds{15};

bool answers_200(lab::Host& from, const Endpoint& to) {
  const auto response = lab::http_get(from, to, "/");
  return response && response->status == 200;
}

void wait_asked(const Load& load, unsigned count) {
  if (!lab::wait_until([&] { return load.asked() >= count; }, patience)) {
    throw std::runtime_error("the clients do not come as fast as they should");
  }
}

class Comparison {
 public:
  Comparison() : pool_(lab_) {
    for (unsigned number = 1; number <= servers; ++number) {
      const std::string server = lab::server_name(number);
      pool_.add(server);
      all_.insert(server);
      origins_.push_back(std::make_unique<lab::Haproxy>(lab_, pool_[server].host(), server + ".origin",
                                                        lab::haproxy_origin(server_port, server)));
    }
    lab::settle(pool_, all_);
    start_proxies();
  }

  // What one death costs: by proxy, first the one kept equal.
  std::vector<Tally> kill(const std::string& victim) {
    Load load(lab_.client(), {synced_, checking_}, gap);
    wait_asked(load, asked_before_death);
    pool_[victim].host().cut();
    wait_asked(load, asked_before_death + asked_after_death);
    std::vector<Tally> tallies = load.finish();
    pool_[victim].host().mend();
    lab::settle(pool_, all_);
    whole();
    return tallies;
  }

 private:
  void start_proxies() {
    std::string checked = "backend web\n";
    for (const std::string& server : all_) {
      checked += "  server " + server + " " + pool_[server].address() + ":" + std::to_string(server_port) +
                 " check inter 100ms fall 3\n";
    }
    checker_ = std::make_unique<lab::Haproxy>(
        lab_, lab_.router(), "checking",
        "frontend clients\n  bind :" + std::to_string(checking_port) + "\n  default_backend web\n" + checked);
    kept_ = std::make_unique<lab::Haproxy>(lab_, lab_.router(), "synced", lab::haproxy_slots(synced_port, slots));
    sync_ = std::make_unique<lab::Process>(lab_.router().inside(),
                                           lab::haproxy_sync(lab_, pool_.name(), kept_->socket(), server_port));
    whole();
  }

  // Waits until both proxies serve by all servers: each of a few rounds of requests is answered.
  void whole() {
    for (const Endpoint& proxy : {synced_, checking_}) {
      unsigned in_a_row = 0;
      const bool served = lab::wait_until(
          [&] {
            in_a_row = answers_200(lab_.client(), proxy) ? in_a_row + 1 : 0;
            return in_a_row >= 4 * servers;
          },
          patience);
      if (!served) {
        throw std::runtime_error("the proxy at " + proxy.text() + " does not serve: " + sync_->err());
      }
    }
  }

  lab::Lab lab_;
  lab::Pool pool_;
  std::set<std::string> all_;
  Endpoint synced_{.address = Address::parse(lab_.router().address()).value(), .port = synced_port};
  Endpoint checking_{.address = Address::parse(lab_.router().address()).value(), .port = checking_port};
  std::vector<std::unique_ptr<lab::Haproxy>> origins_;
  std::unique_ptr<lab::Haproxy> checker_;
  std::unique_ptr<lab::Haproxy> kept_;
  std::unique_ptr<lab::Process> sync_;
};

}  // namespace

bool haproxy() {
  Comparison comparison;
  std::printf("%u servers, ring at 10 ms and 3 misses, HAProxy's checks at inter 100ms fall 3; a link is cut\n\n",
              servers);
  std::printf("%5s  %-6s  %22s  %22s\n", "death", "server", "kept equal: failed/of", "own checks: failed/of");
  Tally kept;
  Tally checked;
  for (unsigned number = 0; number < deaths; ++number) {
    const std::string victim = lab::server_name(number % servers + 1);
    const std::vector<Tally> cost = comparison.kill(victim);
    std::printf("%5u  %-6s  %13u / %6u  %13u / %6u\n", number + 1, victim.c_str(), cost[0].failed, cost[0].asked,
                cost[1].failed, cost[1].asked);
    kept = {kept.asked + cost[0].asked, kept.failed + cost[0].failed};
    checked = {checked.asked + cost[1].asked, checked.failed + cost[1].failed};
  }
  const bool fewer = kept.failed < checked.failed;
  std::printf("\nall: %u of %u failed when kept equal, %u of %u with own checks; target: fewer, %s\n", kept.failed,
              kept.asked, checked.failed, checked.asked, fewer ? "met" : "MISSED");
  return fewer;
}

}  // namespace buddyring::peers
