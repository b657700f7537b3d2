// SPDX-License-Identifier: Apache-2.0
// From silence to the verdict of an agent that never sleeps and has a core. Only it needs to be such:
// the others are answered for by their kernels. Each death is every frame between it and one
// other lost, which is one write to a map, where pulling a cable takes the kernel milliseconds; the
// verdict's time is the agent's own, as it says it, for reading its line takes as long as the rest.
#include <algorithm>
#include <array>
#include <stdexcept>

#include "posix/clock.h"
#include "tests/compare/row.h"
#include "tests/compare/window.h"
#include "tests/lab/whole_ring.h"

namespace buddyring::compare {
namespace {

constexpr unsigned servers = 3;
constexpr unsigned deaths = 200;
constexpr double target_us = 300;
constexpr auto patience = std::chrono::seconds{10};
constexpr auto soak_max = std::chrono::seconds{120};
constexpr std::string_view judge = "s1";
constexpr std::array<std::string_view, 2> victims{"s2", "s3"};

struct Pace {
  std::string interval;
  unsigned misses = 3;
};

class BusyJudge {
 public:
  BusyJudge(lab::Lab& lab, const Pace& pace) : lab_(lab), pool_(lab, {.interval = "100ms"}) {
    const auto all = lab::fill(pool_, servers);
    lab::Agent& agent = pool_[std::string{judge}];
    static_cast<void>(agent.stop());
    agent.settings().interval = pace.interval;
    agent.settings().misses = pace.misses;
    agent.settings().options = {"--spin", "--cpu=1"};
    agent.start();
    lab::settle(pool_, all, patience);
    began_ = monotonic_now();
  }

  // Microseconds. Both are heard again afterwards.
  double death_us() {
    const std::string victim{victims.at(deaths_++ % victims.size())};
    const Instant cut = monotonic_now();
    lose(victim, 1);
    const lab::Event verdict = expect("verdict", victim, cut);
    const Instant mended = monotonic_now();
    lose(victim, 0);
    static_cast<void>(expect("alive", victim, mended));
    return std::chrono::duration<double, std::micro>(instant_from_ns(verdict.ts_ns) - cut).count();
  }
  // Verdicts of it so far on who was heard by it.
  size_t false_deaths() {
    const auto all = pool_[std::string{judge}].events("verdict");
    const auto ours = std::ranges::count_if(
        all, [this](const lab::Event& verdict) { return instant_from_ns(verdict.ts_ns) >= began_; });
    return static_cast<size_t>(ours) - deaths_;
  }

 private:
  void lose(const std::string& victim, double probability) {
    const std::string one = pool_[std::string{judge}].address();
    const std::string other = pool_[victim].address();
    lab_.network().lose(one, other, probability);
    lab_.network().lose(other, one, probability);
  }
  lab::Event expect(const std::string& name, const std::string& victim, Instant since) {
    const auto event = pool_.first_event(name, "buddy", victim, since, patience);
    if (!event) {
      throw std::runtime_error("no event=" + name + " on " + victim);
    }
    return *event;
  }

  lab::Lab& lab_;
  lab::Pool pool_;
  Instant began_{};
  size_t deaths_ = 0;
};

}  // namespace

std::vector<Result> death_busy(lab::Lab& lab, const Settings& settings) {
  std::vector<Series> series;
  std::string note = "verdicts on servers that were heard, the quiet time of " +
                     std::to_string(std::min(settings.soak, soak_max).count()) + " s of the first included:";
  bool is_met = false;
  for (const Pace& pace : {Pace{"100us", 3}, Pace{"50us", 3}, Pace{"100us", 2}}) {
    BusyJudge busy(lab, pace);
    Series measured{.who = "buddyd --spin, " + pace.interval + " x " + std::to_string(pace.misses)};
    measured.is_peer = false;
    for (unsigned number = 0; number < deaths; ++number) {
      measured.values.push_back(busy.death_us());
    }
    const bool is_first = series.empty();
    if (is_first) {
      let_pass(std::min(settings.soak, soak_max));
    }
    const size_t in_vain = busy.false_deaths();
    is_met = is_first ? measured.p99() <= target_us && in_vain == 0 : is_met;
    note += " " + std::to_string(in_vain);
    series.push_back(std::move(measured));
  }
  return {{.name = "death-busy",
           .title = "silence to verdict, a core pinned and polling",
           .unit = "us",
           .series = std::move(series),
           .target = "p99 of the first at most 300 us, and no false death in 2 minutes",
           .verdict = verdict_of(is_met),
           .note = note}};
}

}  // namespace buddyring::compare
