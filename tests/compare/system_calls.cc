// SPDX-License-Identifier: Apache-2.0
// System calls a tick, in which a program sends a probe to each of two neighbours and judges them.
#include "tests/compare/call_counter.h"
#include "tests/compare/probers.h"
#include "tests/compare/row.h"
#include "tests/compare/window.h"

namespace buddyring::compare {
namespace {

constexpr unsigned interval_ms = 10;
constexpr auto window = std::chrono::seconds{3};
// A tick beside which the agent renews its lease, or hears of something, has more than one.
constexpr double target = 1.005;

std::string text_of(const std::map<uint64_t, uint64_t>& calls) {
  std::string text;
  for (const auto& [number, count] : calls) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " x number " + std::to_string(number);
  }
  return text;
}

}  // namespace

std::vector<Result> system_calls(lab::Lab& lab, const Settings& /*settings*/) {
  Probers probers(lab, interval_ms);
  const CallCounter counter(lab.bpf_object("call_counter"),
                            {probers.agent_pid(), probers.fping_pid(), probers.bird_pid()});
  // By each program's own count of what it did meanwhile.
  const auto during = [&](pid_t pid, const std::function<double()>& ticks) {
    const double ticks_before = ticks();
    const auto calls_before = static_cast<double>(counter.calls(pid));
    let_pass(window);
    const double calls = static_cast<double>(counter.calls(pid)) - calls_before;
    return std::vector{calls / (ticks() - ticks_before)};
  };
  std::vector<Series> series =
      interleave({{"buddyd", [&] { return during(probers.agent_pid(), [&] { return probers.agent_ticks(); }); }},
                  {"fping", [&] { return during(probers.fping_pid(), [&] { return probers.fping_probes() / 2; }); }},
                  {"BIRD BFD", [&] { return during(probers.bird_pid(), [&] { return probers.bird_probes() / 2; }); }}});
  const bool is_met = series.front().median() <= target;
  return {{.name = "system-calls",
           .title = "system calls a tick, two neighbours, 10 ms",
           .unit = "system calls",
           .series = std::move(series),
           .target = "1",
           .verdict = verdict_of(is_met),
           .note = "of all threads; the agent's in all: " + text_of(counter.by_number(probers.agent_pid()))}};
}

}  // namespace buddyring::compare
