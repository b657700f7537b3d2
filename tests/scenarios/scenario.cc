// SPDX-License-Identifier: Apache-2.0
#include "tests/scenarios/scenario.h"

namespace buddyring::sim {

sim::Setup Scenario::usual(unsigned servers, uint64_t seed, unsigned misses) {
  sim::Setup setup;
  setup.seed = seed;
  setup.servers = servers;
  setup.detection = {.interval = Duration{interval}, .misses = misses};
  setup.lease = std::chrono::milliseconds{500};
  return setup;
}

void Scenario::start(unsigned servers, uint64_t seed, unsigned misses) { start(usual(servers, seed, misses)); }

void Scenario::start(const sim::Setup& setup) {
  faults_.reset();
  world_ = std::make_unique<World>(setup, Trace::Lines::kept);
  faults_ = std::make_unique<Faults>(*world_, FaultChoice{}, 0);
  world_->clients.begin();
  for (NodeId host = 0; host < setup.servers; ++host) {
    world_->boot(host);
    world_->run_for(7 * millisecond);
  }
  expect_whole();
  ASSERT_EQ(rows(), setup.servers);
}

void Scenario::go_on(Nanos span) {
  world_->run_for(span);
  expect_nothing_failed();
}

Nanos Scenario::expect_whole(Nanos within) {
  const Nanos took = settle(*world_, within);
  expect_nothing_failed();
  return took;
}

void Scenario::expect_nothing_failed() {
  if (const auto& violation = world_->checker.violation()) {
    std::string trace;
    for (const std::string& line : world_->trace.kept()) {
      trace += line + "\n";
    }
    FAIL() << violation->check << ": " << violation->text << "\n" << trace;
  }
}

void Scenario::cut(NodeId from, NodeId to, Nanos span, bool both_ways) {
  faults_->add({.kind = both_ways ? FaultKind::pair_cut : FaultKind::one_way_cut,
                .until = world_->now + span,
                .from = from,
                .to = to});
}

void Scenario::afflict(FaultKind kind, std::set<NodeId> who, Nanos span, double share) {
  faults_->add({.kind = kind, .until = world_->now + span, .share = share, .who = std::move(who)});
}

}  // namespace buddyring::sim
