// SPDX-License-Identifier: Apache-2.0
// From silence to the verdict of an agent that never sleeps and has a core (tests/lab/spinner.h).
#include <algorithm>
#include <array>

#include "posix/clock.h"
#include "tests/compare/row.h"
#include "tests/compare/window.h"
#include "tests/lab/spinner.h"
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
  BusyJudge(lab::Lab& lab, const Pace& pace)
      : pool_(lab, {.interval = "100ms"}),
        spinner_(lab, pool_, std::string{judge}, {.interval = pace.interval, .misses = pace.misses},
                 lab::fill(pool_, servers), patience),
        began_(monotonic_now()) {}

  // Microseconds. Both are heard again afterwards.
  double death_us() {
    const std::string victim{victims.at(deaths_++ % victims.size())};
    return std::chrono::duration<double, std::micro>(spinner_.miss(victim)).count();
  }
  // Verdicts of it so far on who was heard by it.
  size_t false_deaths() {
    const auto all = pool_[std::string{judge}].events("verdict");
    const auto ours = std::ranges::count_if(
        all, [this](const lab::Event& verdict) { return instant_from_ns(verdict.ts_ns) >= began_; });
    return static_cast<size_t>(ours) - deaths_;
  }

 private:
  lab::Pool pool_;
  lab::Spinner spinner_;
  Instant began_;
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
