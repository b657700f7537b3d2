// SPDX-License-Identifier: Apache-2.0
#include "tests/compare/ring_deaths.h"

#include <algorithm>
#include <stdexcept>

#include "posix/clock.h"
#include "tests/lab/wait.h"

namespace buddyring::compare {
namespace {

constexpr auto verdict_patience = std::chrono::seconds{10};

}  // namespace

void bring_back(lab::Agent& agent) {
  const lab::Span mended = agent.host().mend();
  // An event's own time is that of its tick, which may have begun before.
  const auto is_back = [](const std::string& line) { return line.find("event=carrier up=true") != std::string::npos; };
  if (!agent.process().wait_line(is_back, mended.before, verdict_patience)) {
    throw std::runtime_error(agent.server() + " did not notice that its link is back");
  }
  agent.kill();
  agent.start();
}

RingDeaths::RingDeaths(lab::Lab& lab, unsigned servers, lab::AgentSettings settings)
    : pool_(lab, std::move(settings)), all_(lab::fill(pool_, servers)) {}

std::optional<Instant> RingDeaths::verdict_on(const std::string& victim, Instant since) {
  std::optional<Instant> first;
  const std::string whom = "buddy=" + victim + " ";
  for (const std::string& server : all_) {
    const auto lines = pool_[server].process().lines(
        [&](const std::string& line) {
          return line.find("event=verdict") != std::string::npos && (line + " ").find(whom) != std::string::npos;
        },
        since);
    if (server != victim && !lines.empty()) {
      first = std::min(first.value_or(lines.front().read), lines.front().read);
    }
  }
  return first;
}

double RingDeaths::death_ms() {
  const std::string victim = lab::server_name(next_++ % static_cast<unsigned>(all_.size()) + 1);
  const lab::Span cut = pool_[victim].host().cut();
  std::set<std::string> others = all_;
  others.erase(victim);
  // The ring heals after the verdict, so all lines are there when it is whole.
  lab::settle(pool_, others, verdict_patience);
  const auto verdict = verdict_on(victim, cut.before);
  if (!verdict) {
    throw std::runtime_error(victim + " was removed without a verdict");
  }
  bring_back(pool_[victim]);
  lab::settle(pool_, all_, verdict_patience);
  deaths_.push_back({.victim = victim, .from = cut.before, .until = monotonic_now()});
  return std::chrono::duration<double, std::milli>(*verdict - cut.before).count();
}

size_t RingDeaths::false_deaths() {
  const auto verdicts = pool_.events("verdict");
  return static_cast<size_t>(std::ranges::count_if(verdicts, [this](const lab::Event& verdict) {
    const Instant at = instant_from_ns(verdict.ts_ns);
    return std::ranges::none_of(deaths_, [&](const Death& death) {
      return verdict.value("buddy") == death.victim && at >= death.from && at <= death.until;
    });
  }));
}

}  // namespace buddyring::compare
