// SPDX-License-Identifier: Apache-2.0
// buddyrouter at full speed: its throughput against an HAProxy that answers redirects, on
// the same cores and in turns; and, at full speed, how long after a death it still
// names the dead server.
//
// Theory of operation. Both are asked by wrk over the loopback device of one host. For the
// deaths each request carries the instant at which it was begun (full_speed.lua), so
// that of the last request whose answer names the dead server is known: nothing is
// sampled. What the router may take is counted from when the ring had taken the server
// out of the table. How long that took after the verdict is printed besides: on a machine
// whose cores wrk and the router fill, agents and table wait for theirs.
#include "tests/lab/router.h"

#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>

#include "posix/clock.h"
#include "tests/lab/haproxy.h"
#include "tests/lab/median.h"
#include "tests/lab/pool.h"
#include "tests/lab/wait.h"
#include "tests/lab/whole_ring.h"
#include "tests/peers/peers.h"

namespace buddyring::peers {
namespace {

constexpr unsigned servers = 4;
constexpr unsigned rounds = 5;
constexpr unsigned deaths = 9;
constexpr uint16_t haproxy_port = 8003;
constexpr double throughput_target = 0.5;
constexpr double lag_target_ms = 5;
// A run of wrk with a death in it: so long before, and at least so long after.
constexpr auto full_speed_before = std::chrono::seconds{1};
constexpr auto full_speed_run = std::chrono::seconds{4};
constexpr auto patience = std::chrono::seconds{15};

lab::Command wrk(const Endpoint& to, std::chrono::seconds duration, const std::vector<std::string>& options = {}) {
  lab::Command command{.argv = {"wrk", "-t1", "-c64", "-d" + std::to_string(duration.count())}};
  command.argv.insert(command.argv.end(), options.begin(), options.end());
  command.argv.push_back("http://" + to.text() + "/where?x=1");
  return command;
}

// Requests a second, as wrk says.
double throughput(lab::Host& from, const Endpoint& to) {
  const lab::Completed run = lab::run_to_end(from.inside(), wrk(to, std::chrono::seconds{4}));
  const std::string label = "Requests/sec:";
  const size_t at = run.out.find(label);
  if (run.exit.code != 0 || at == std::string::npos || run.out.find("Non-2xx") != std::string::npos) {
    throw std::runtime_error("wrk: " + run.out + run.err);
  }
  return std::stod(run.out.substr(at + label.size()));
}

double milliseconds(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

// What full_speed.lua prints: by address, when the last request was begun that was sent there.
std::map<std::string, Instant> last_begun(const std::string& printed) {
  std::istringstream lines(printed);
  std::map<std::string, Instant> last;
  size_t others = 1;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string what;
    std::string address;
    uint64_t ns = 0;
    words >> what;
    if (what == "last_begun" && words >> address >> ns) {
      last[address] = instant_from_ns(ns);
    } else if (what == "others") {
      words >> others;
    }
  }
  if (others != 0) {
    throw std::runtime_error("answers that are no redirects, or none at all: " + printed);
  }
  return last;
}

// One death, and what followed.
struct Death {
  double table_ms = 0;       // from the verdict to the table without the server
  double router_ms = 0;      // from the verdict to the last request that was sent to it
  bool named_later = false;  // one that began after the router had learnt of it was, too
};

class FullSpeed {
 public:
  FullSpeed() : pool_(lab_) {
    all_ = lab::fill(pool_, servers);
    router_ = std::make_unique<lab::Router>(lab_, pool_.name());
    haproxy_ = std::make_unique<lab::Haproxy>(lab_, lab_.router(), "redirect",
                                              "frontend f\n  bind :" + std::to_string(haproxy_port) +
                                                  "\n  http-request redirect code 307 location http://" +
                                                  pool_[lab::server_name(1)].address() + ":" +
                                                  std::to_string(lab::Router::target_port) + "%[capture.req.uri]\n");
  }

  bool compare() {
    const Endpoint haproxy{.address = router_->endpoint().address, .port = haproxy_port};
    std::vector<double> ours;
    std::vector<double> theirs;
    for (unsigned round = 0; round < rounds; ++round) {
      ours.push_back(throughput(lab_.router(), router_->endpoint()));
      theirs.push_back(throughput(lab_.router(), haproxy));
      std::printf("%5u  buddyrouter %9.0f/s   HAProxy %9.0f/s\n", round + 1, ours.back(), theirs.back());
    }
    const double ratio = lab::median(ours) / lab::median(theirs);
    std::printf("medians: %.0f/s and %.0f/s, ratio %.2f; target: %.1f, %s\n\n", lab::median(ours), lab::median(theirs),
                ratio, throughput_target, ratio >= throughput_target ? "met" : "MISSED");
    return ratio >= throughput_target;
  }

  bool kill_all() {
    std::vector<double> lags;
    size_t named_later = 0;
    for (unsigned number = 0; number < deaths; ++number) {
      const std::string victim = lab::server_name(number % servers + 1);
      const Death death = kill(victim);
      named_later += death.named_later ? 1 : 0;
      lags.push_back(death.router_ms);
      std::printf(
          "%5u  %-4s out of the table %5.1f ms after the verdict, last named to a request begun %5.1f ms later\n",
          number + 1, victim.c_str(), death.table_ms, death.router_ms);
    }
    const bool met = named_later == 0 && lab::median(lags) <= lag_target_ms;
    std::printf("deaths with a request sent there that began after the router had learnt of it: %zu; target: 0\n",
                named_later);
    std::printf("last request sent there, after the table was without it, median: %.1f ms; target: %.0f ms; %s\n",
                lab::median(lags), lag_target_ms, met ? "met" : "MISSED");
    return met;
  }

 private:
  Death kill(const std::string& victim) {
    lab::Process full_speed(lab_.router().inside(),
                            wrk(router_->endpoint(), full_speed_run, {"-s", "tests/peers/full_speed.lua"}));
    const Instant begin = monotonic_now();
    static_cast<void>(lab::wait_until([&] { return monotonic_now() >= begin + full_speed_before; }, patience));
    const lab::Span cut = pool_[victim].host().cut();
    const auto verdict = pool_.first_event("verdict", "buddy", victim, cut.before, patience);
    const auto deleted = pool_.first_event("deleted", "buddy", victim, cut.before, patience);
    const auto gone = router_->wait_gone(victim, cut.before);
    if (!verdict || !deleted || !gone) {
      throw std::runtime_error("the death of " + victim + " was not learnt of");
    }
    if (full_speed.wait_exit(patience) != lab::Exit{.code = 0, .signal = 0}) {
      throw std::runtime_error("wrk: " + full_speed.err());
    }
    full_speed.end();  // with all that it said
    const auto last = last_begun(full_speed.out());
    const auto named = last.find(pool_[victim].address());
    if (last.size() != servers || named == last.end()) {
      throw std::runtime_error("not every server was named: " + full_speed.out());
    }
    pool_[victim].host().mend();
    lab::settle(pool_, all_);
    const Instant out = instant_from_ns(deleted->ts_ns);
    return {.table_ms = milliseconds(out - instant_from_ns(verdict->ts_ns)),
            .router_ms = milliseconds(named->second - out),
            .named_later = named->second >= instant_from_ns(gone->ts_ns)};
  }

  lab::Lab lab_;
  lab::Pool pool_;
  std::set<std::string> all_;
  std::unique_ptr<lab::Router> router_;
  std::unique_ptr<lab::Haproxy> haproxy_;
};

}  // namespace

bool router() {
  FullSpeed full_speed;
  const bool fast = full_speed.compare();
  return full_speed.kill_all() && fast;
}

}  // namespace buddyring::peers
