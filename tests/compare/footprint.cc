// SPDX-License-Identifier: Apache-2.0
// Memory and CPU of a process that watches two neighbours every 100 ms, or as it does by default.
#include "tests/compare/probers.h"
#include "tests/compare/row.h"
#include "tests/compare/serf.h"
#include "tests/compare/window.h"

namespace buddyring::compare {
namespace {

constexpr unsigned interval_ms = 100;
constexpr unsigned servers = 3;
constexpr uint16_t gossip_port = 7953;
constexpr auto window = std::chrono::seconds{5};
constexpr double memory_target_mib = 6;
constexpr double cpu_target_percent = 0.1;

// Of a core.
std::vector<double> cpu_percent(pid_t pid) {
  const double before = lab::cpu_ns(pid);
  const double seconds = let_pass(window);
  return {(lab::cpu_ns(pid) - before) / 1e7 / seconds};
}

std::vector<double> resident_mib(pid_t pid) { return {lab::memory_of(pid).resident_kib / 1024}; }

}  // namespace

std::vector<Result> footprint(lab::Lab& lab, const Settings& /*settings*/) {
  Probers probers(lab, interval_ms);
  std::vector<std::unique_ptr<lab::Host>> hosts;
  for (unsigned number = 0; number < servers; ++number) {
    hosts.push_back(lab.new_host("serf"));
  }
  SerfCluster serf(lab, hosts, "lan", gossip_port);
  const auto compare = [&](const std::function<std::vector<double>(pid_t)>& sample) {
    return interleave({{"buddyd", [&] { return sample(probers.agent_pid()); }},
                       {"BIRD BFD", [&] { return sample(probers.bird_pid()); }},
                       {"serf -profile lan", [&] { return sample(serf.agent(0).pid()); }}});
  };
  Result cpu{.name = "footprint-cpu",
             .title = "CPU of a process, two neighbours, 100 ms",
             .unit = "% of a core",
             .series = compare(cpu_percent),
             .target = "0.1 % at most"};
  cpu.verdict = verdict_of(cpu.series[0].median() <= cpu_target_percent);
  Result memory{.name = "footprint-memory",
                .title = "memory of a process that is in RAM",
                .unit = "MiB",
                .series = compare(resident_mib),
                .target = "6 MiB at most"};
  memory.verdict = verdict_of(memory.series[0].median() <= memory_target_mib);
  memory.note = "of these, KiB that are no file's: buddyd " + number_text(lab::memory_of(probers.agent_pid()).own_kib) +
                ", BIRD " + number_text(lab::memory_of(probers.bird_pid()).own_kib) + ", serf " +
                number_text(lab::memory_of(serf.agent(0).pid()).own_kib);
  return {std::move(cpu), std::move(memory)};
}

}  // namespace buddyring::compare
