// SPDX-License-Identifier: Apache-2.0
// What each profile of detection costs, how fast it is, and how often it is wrong beside
// programs that take all CPU. One ring after the other.
//
// Theory of operation. All agents of a ring have the profile, unless it spins: then only the first
// has (tests/lab/spinner.h), and the others have the default, so that the first verdict on a buddy of that one
// is its own.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "core/detection_profile.h"
#include "core/duration.h"
#include "posix/clock.h"
#include "tests/bench/bench.h"
#include "tests/lab/spinner.h"
#include "tests/lab/usage.h"
#include "tests/lab/wait.h"

namespace buddyring::bench {
namespace {

constexpr unsigned servers = 4;
constexpr unsigned deaths = 5;
constexpr Duration cpu_time = std::chrono::seconds{5};
constexpr double default_minutes = 1;
constexpr auto event_timeout = std::chrono::seconds{60};
constexpr int hogs_a_core = 2;
constexpr const char* spinner = "s1";

// MINUTES and PROFILE, which the Makefile hands over.
double minutes_of_load() {
  const char* text = std::getenv("MINUTES");
  return text != nullptr && *text != '\0' ? std::stod(text) : default_minutes;
}
bool is_wanted(const DetectionProfile& profile) {
  const char* text = std::getenv("PROFILE");
  return text == nullptr || *text == '\0' || std::string_view{text} == profile.name;
}

lab::AgentSettings settings_of(const DetectionProfile& profile) {
  return {
      .interval = format_duration(profile.interval), .misses = profile.misses, .lease = format_duration(profile.lease)};
}

void let_pass(Duration time) {
  const Instant begin = monotonic_now();
  static_cast<void>(lab::wait_until([&] { return monotonic_now() - begin >= time; }, 2 * time));
}

// Of one agent, percent of a core, the mean of these.
double cpu_percent(lab::Pool& pool, const std::set<std::string>& measured) {
  const auto used = [&] {
    double ns = 0;
    for (const std::string& server : measured) {
      ns += lab::cpu_ns(pool[server].process().pid());
    }
    return ns;
  };
  const Instant begin = monotonic_now();
  const double before = used();
  let_pass(cpu_time);
  const double ns = used() - before;
  return 100 * ns / static_cast<double>((monotonic_now() - begin).count()) / static_cast<double>(measured.size());
}

// Of each of its buddies in turn.
double miss_ms(lab::Spinner& spins, lab::Pool& pool, unsigned number) {
  const auto list = pool[spinner].own_list();
  if (!list) {
    throw std::runtime_error("the agent that spins is in no ring");
  }
  return std::chrono::duration<double, std::milli>(spins.miss(number % 2 == 0 ? list->a : list->b)).count();
}

double verdict_ms(lab::Pool& pool, const std::set<std::string>& all, const std::string& victim) {
  const lab::Span cut = pool[victim].host().cut();
  const auto verdict = pool.first_event("verdict", "buddy", victim, cut.before, event_timeout);
  if (!verdict) {
    throw std::runtime_error(victim + " was not found dead in time");
  }
  std::set<std::string> others = all;
  others.erase(victim);
  settle(pool, others);
  pool[victim].host().mend();
  settle(pool, all);
  return milliseconds_since(*verdict, cut.before);
}

// Verdicts, each one witness's word, and servers taken out of the table, while nobody dies.
struct Wrong {
  size_t verdicts = 0;
  size_t removed = 0;
};
Wrong wrong_under_load(lab::Lab& lab, lab::Pool& pool, Duration time) {
  const auto count = [&] {
    return Wrong{.verdicts = pool.events("verdict").size(), .removed = pool.events("removed").size()};
  };
  const Wrong before = count();
  std::vector<std::unique_ptr<lab::Process>> hogs;
  for (long hog = 0; hog < hogs_a_core * ::sysconf(_SC_NPROCESSORS_ONLN); ++hog) {
    hogs.push_back(std::make_unique<lab::Process>(lab.client().inside(),
                                                  lab::Command{.argv = {"sh", "-c", "while :; do :; done"}}));
  }
  let_pass(time);
  hogs.clear();
  const Wrong after = count();
  return {.verdicts = after.verdicts - before.verdicts, .removed = after.removed - before.removed};
}

void measure(lab::Lab& lab, const DetectionProfile& profile, double minutes) {
  lab::Pool pool(lab, settings_of(profile.spins ? detection_profiles.front() : profile));
  const std::set<std::string> all = fill(pool, servers);
  std::optional<lab::Spinner> spins;
  if (profile.spins) {
    spins.emplace(lab, pool, spinner, settings_of(profile), all, event_timeout);
  }
  const double cpu = cpu_percent(pool, spins ? std::set<std::string>{spinner} : all);
  std::vector<double> verdicts;
  for (unsigned number = 0; number < deaths; ++number) {
    verdicts.push_back(spins ? miss_ms(*spins, pool, number)
                             : verdict_ms(pool, all, server_name(number % servers + 1)));
  }
  const Wrong wrong = wrong_under_load(lab, pool, Duration{static_cast<int64_t>(minutes * 60e9)});
  std::printf("%-5s %7s x %u  %s   %6.2f %% of a core   %zu verdicts, %zu removed\n", profile.name,
              format_duration(profile.interval).c_str(), profile.misses, spread(verdicts).c_str(), cpu, wrong.verdicts,
              wrong.removed);
}

}  // namespace

bool profiles() {
  lab::Lab lab;
  const double minutes = minutes_of_load();
  std::printf(
      "rings of %u; %u links cut; CPU of one agent in %s; wrong verdicts and removals in %g minutes beside %d "
      "hogs a core\n\n",
      servers, deaths, format_duration(cpu_time).c_str(), minutes, hogs_a_core);
  for (const DetectionProfile& profile : detection_profiles) {
    if (is_wanted(profile)) {
      measure(lab, profile, minutes);
    }
  }
  return true;
}

}  // namespace buddyring::bench
