// SPDX-License-Identifier: Apache-2.0
// CPU for a probe that is sent and judged, with two neighbours.
#include <algorithm>

#include "tests/compare/probers.h"
#include "tests/compare/row.h"
#include "tests/compare/window.h"

namespace buddyring::compare {
namespace {

constexpr auto window = std::chrono::seconds{4};
constexpr double part_of_fping = 0.25;

Result cost_at(lab::Lab& lab, unsigned interval_ms) {
  Probers probers(lab, interval_ms);
  // Microseconds a probe.
  const auto during = [&](pid_t pid, const std::function<double()>& probes) {
    const double probes_before = probes();
    const double cpu_before = lab::cpu_ns(pid);
    let_pass(window);
    const double used_ns = lab::cpu_ns(pid) - cpu_before;
    return std::vector{used_ns / 1e3 / (probes() - probes_before)};
  };
  std::vector<Series> series =
      interleave({{"buddyd", [&] { return during(probers.agent_pid(), [&] { return probers.agent_probes(); }); }},
                  {"fping", [&] { return during(probers.fping_pid(), [&] { return probers.fping_probes(); }); }},
                  {"BIRD BFD", [&] { return during(probers.bird_pid(), [&] { return probers.bird_probes(); }); }}});
  const bool is_met = series[0].median() <= part_of_fping * series[1].median();
  const std::string interval = std::to_string(interval_ms) + " ms";
  return {
      .name = "probe-cost-" + std::to_string(interval_ms) + "ms",
      .title = "CPU a probe, two neighbours, " + interval,
      .unit = "us",
      .series = std::move(series),
      .target = "a quarter of fping's at most",
      .verdict = verdict_of(is_met),
      .note = "of all threads, in windows of 4 s; between namespaces, who sends is charged with a packet's whole way"};
}

}  // namespace

std::vector<Result> probe_cost(lab::Lab& lab, const Settings& /*settings*/) {
  return {cost_at(lab, 100), cost_at(lab, 10)};
}

}  // namespace buddyring::compare
