// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/spinner.h"

#include <unistd.h>

#include <stdexcept>

#include "posix/clock.h"
#include "tests/lab/whole_ring.h"

namespace buddyring::lab {

Spinner::Spinner(Lab& lab, Pool& pool, std::string name, AgentSettings settings, const std::set<std::string>& all,
                 std::chrono::nanoseconds patience)
    : lab_(lab), pool_(pool), name_(std::move(name)), patience_(patience) {
  Agent& agent = pool_[name_];
  static_cast<void>(agent.stop());
  settings.options = {"--spin", "--cpu=" + std::to_string(::sysconf(_SC_NPROCESSORS_ONLN) - 1)};
  agent.settings() = std::move(settings);
  agent.start();
  settle(pool_, all, patience_);
}

Duration Spinner::miss(const std::string& victim) {
  const Instant cut = monotonic_now();
  lose(victim, 1);
  const Event verdict = expect("verdict", victim, cut);
  const Instant mended = monotonic_now();
  lose(victim, 0);
  static_cast<void>(expect("alive", victim, mended));
  return instant_from_ns(verdict.ts_ns) - cut;
}

void Spinner::lose(const std::string& victim, double probability) {
  const std::string one = pool_[name_].address();
  const std::string other = pool_[victim].address();
  lab_.network().lose(one, other, probability);
  lab_.network().lose(other, one, probability);
}

Event Spinner::expect(const std::string& name, const std::string& victim, Instant since) {
  const auto event = pool_.first_event(name, "buddy", victim, since, patience_);
  if (!event) {
    throw std::runtime_error("no event=" + name + " on " + victim);
  }
  return *event;
}

}  // namespace buddyring::lab
