// SPDX-License-Identifier: Apache-2.0
// `make test-restarts`: one agent of a ring is restarted again and again, in place
// (SIGUSR2) and after SIGKILL, while its buddies probe it every 10 ms. Exits with 0
// only when no process of any agent pronounced anybody dead but who was killed, a
// killed agent was never vouched for, and the kernel holds as many programs, maps and
// links afterwards as before.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/observation.h"
#include "kernel/pinned_maps.h"
#include "posix/clock.h"
#include "tests/lab/kernel_objects.h"
#include "tests/lab/pool.h"
#include "tests/lab/wait.h"

namespace buddyring {
namespace {

constexpr const char* restarted = "s2";
constexpr auto freed_timeout = std::chrono::seconds{20};  // the kernel frees what is dropped by and by
constexpr auto freed_pause = std::chrono::seconds{1};
constexpr auto answer_timeout = std::chrono::seconds{5};
const std::set<std::string> all{"s1", "s2", "s3", "s4"};

double milliseconds(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

std::string spread(std::vector<double> values) {
  std::ranges::sort(values);
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "min %.1f, median %.1f, max %.1f ms", values.front(),
                values[values.size() / 2], values.back());
  return text.data();
}

void settle(lab::Pool& pool) {
  if (const std::string off = pool.settle(all); !off.empty()) {
    throw std::runtime_error("the ring is not whole: " + off);
  }
}

class Restarts {
 public:
  explicit Restarts(bool two_links) : pool_(lab_, {.interval = "10ms", .misses = 3, .lease = "3s"}) {
    for (const auto& server : all) {
      lab::Agent& agent = pool_.prepare(server);
      if (two_links && server == restarted) {
        agent.host().add_card();
        agent.settings().options = {"--interface=eth1"};
      }
      agent.start();
    }
    settle(pool_);
  }

  // True when all went as it should.
  bool upgrade(int times) {
    const Counted before = count();
    const uint64_t version = pool_.snapshot().version;
    const Judged judged = judgements();
    std::vector<double> took;
    for (int i = 0; i < times; ++i) {
      const Instant asked = monotonic_now();
      pool_[restarted].upgrade();
      took.push_back(milliseconds(monotonic_now() - asked));
    }
    const bool same_table = pool_.snapshot().version == version;
    settle(pool_);
    const Judged since = judgements() - judged;
    std::printf("%d upgrades in place: %s, table %s; an upgrade took %s\n", times, since.text().c_str(),
                same_table ? "untouched" : "CHANGED", spread(took).c_str());
    const bool nothing_leaked = compare(before);
    return since.deaths == 0 && since.other_deaths == 0 && same_table && nothing_leaked;
  }

  bool kill(int times) {
    const Counted before = count();
    int vouched_for = 0;
    int not_back = 0;
    const Judged judged = judgements();
    std::vector<double> stale_after;
    for (int i = 0; i < times; ++i) {
      const std::string judge = pool_.ring().servers.at(restarted).a;
      const lab::Span killed = pool_[restarted].kill();
      vouched_for += is_vouched_for() ? 1 : 0;
      const auto stale = pool_[judge].wait_event("answers_as", killed.before, answer_timeout);
      if (!stale || stale->value("what") != describe(AnswerClass::stale_lease)) {
        throw std::runtime_error("a killed agent's kernel did not say so to " + judge);
      }
      stale_after.push_back(milliseconds(instant_from_ns(stale->ts_ns) - killed.before));
      pool_[restarted].start();
      settle(pool_);
      not_back += is_vouched_for() ? 0 : 1;
    }
    std::printf(
        "%d restarts after SIGKILL: %d times vouched for when dead, %d times not a member again; seen stale %s\n",
        times, vouched_for, not_back, spread(stale_after).c_str());
    const Judged since = judgements() - judged;
    std::printf("  meanwhile %s\n", since.text().c_str());
    const bool nothing_leaked = compare(before);
    // Its own deaths are true ones, where its start took longer than its buddies' patience.
    return vouched_for == 0 && not_back == 0 && since.other_deaths == 0 && nothing_leaked;
  }

 private:
  // What all processes of all agents have said so far, as many of them as there were.
  struct Judged {
    size_t deaths = 0;  // of the one that is restarted
    size_t other_deaths = 0;
    size_t suspicions = 0;
    size_t other_suspicions = 0;
    Judged operator-(const Judged& before) const {
      return {.deaths = deaths - before.deaths,
              .other_deaths = other_deaths - before.other_deaths,
              .suspicions = suspicions - before.suspicions,
              .other_suspicions = other_suspicions - before.other_suspicions};
    }
    [[nodiscard]] std::string text() const {
      return std::to_string(deaths) + " deaths and " + std::to_string(suspicions) + " suspicions of " + restarted +
             ", " + std::to_string(other_deaths) + " and " + std::to_string(other_suspicions) + " of others";
    }
  };
  Judged judgements() {
    Judged judged{.deaths = pool_.events("verdict", "buddy", restarted).size(),
                  .suspicions = pool_.events("suspect", "buddy", restarted).size()};
    judged.other_deaths = pool_.events("verdict").size() - judged.deaths;
    judged.other_suspicions = pool_.events("suspect").size() - judged.suspicions;
    return judged;
  }

  struct Counted {
    lab::KernelObjects own;      // of the agent that is restarted
    lab::KernelObjects machine;  // of all, as bpftool counts them
    friend bool operator==(const Counted&, const Counted&) = default;
  };
  [[nodiscard]] Counted count_now() const {
    return {.own = lab::kernel_objects_of(pool_.name(), restarted), .machine = lab::kernel_objects()};
  }
  // What starts left behind for a moment is freed.
  [[nodiscard]] Counted count() const {
    Counted counted;
    (void)lab::wait_until(
        [&] {
          const Counted earlier = std::exchange(counted, count_now());
          return earlier == counted;
        },
        freed_timeout, freed_pause);
    return counted;
  }
  bool compare(const Counted& before) const {
    Counted after;
    const bool equal = lab::wait_until(
        [&] {
          after = count_now();
          return after == before;
        },
        freed_timeout);
    std::printf("  kernel objects of the agent: %s before, %s after\n", before.own.text().c_str(),
                after.own.text().c_str());
    std::printf("  of the machine: %s before, %s after%s\n", before.machine.text().c_str(),
                after.machine.text().c_str(), equal ? "" : ": NOT EQUAL (does something else load programs here?)");
    return equal;
  }

  // What the kernel's next answer will say.
  [[nodiscard]] bool is_vouched_for() const {
    const auto pinned = read_pinned("/sys/fs/bpf/buddyring", pin_directory_name(pool_.name(), restarted));
    return pinned && pinned.value().agent.member != 0 && pinned.value().agent.term >= pinned.value().agent.term_floor &&
           pinned.value().agent.lease_expires_ns >= to_ns(monotonic_now());
  }

  lab::Lab lab_;
  lab::Pool pool_;
};

}  // namespace
}  // namespace buddyring

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: restarts UPGRADES KILLS LINKS\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    buddyring::Restarts restarts(std::atoi(argv[3]) == 2);
    const bool upgraded = restarts.upgrade(std::atoi(argv[1]));
    const bool killed = restarts.kill(std::atoi(argv[2]));
    std::puts(upgraded && killed ? "restarts: all of it was right" : "restarts: FAILED");
    return upgraded && killed ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "restarts: %s\n", error.what());
    return 1;
  }
}
