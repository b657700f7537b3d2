// SPDX-License-Identifier: Apache-2.0
// Scenario: a small simulated pool in which a test makes things happen. Each of
// these was a question of the design or a failure that the simulator found; the
// checker watches over all of it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/sim/faults.h"
#include "tests/sim/run.h"

namespace buddyring::sim {

class Scenario : public ::testing::Test {
 protected:
  static constexpr Nanos interval = 20 * millisecond;

  // A pool of `servers`, whole.
  void start(unsigned servers, uint64_t seed = 1, unsigned misses = 3);
  void start(const sim::Setup& setup);
  // What start(servers, seed, misses) sets up.
  [[nodiscard]] static sim::Setup usual(unsigned servers, uint64_t seed = 1, unsigned misses = 3);
  // Goes on for a while; nothing may fail.
  void go_on(Nanos span);
  // As long as `condition` holds, in steps, but not for ever.
  template <class Condition>
  void go_on_while(Condition condition, Nanos step = millisecond) {
    for (int i = 0; i < 20'000 && condition(); ++i) {
      go_on(step);
    }
    ASSERT_FALSE(condition());
  }
  // Until the pool is whole, which must not take longer than `within`. Returns how long it took.
  Nanos expect_whole(Nanos within = 10 * second);

  // A lasting fault from now.
  void cut(NodeId from, NodeId to, Nanos span, bool both_ways = true);
  void afflict(FaultKind kind, std::set<NodeId> who, Nanos span, double share = 1);
  void crash(NodeId host) { world().node(host).crash(); }

  [[nodiscard]] World& world() { return *world_; }
  [[nodiscard]] Faults& faults() { return *faults_; }
  [[nodiscard]] size_t rows() { return world().registry.table().size(); }
  [[nodiscard]] bool has_row(NodeId host) { return row(host) != nullptr; }
  [[nodiscard]] const ModelTable::Row* row(NodeId host) {
    return world().registry.table().find(world().node(host).name());
  }
  [[nodiscard]] NodeId buddy(NodeId host) { return world().node_named(row(host)->a)->id(); }
  // The other buddy of `host`, whose buddy `from` is.
  [[nodiscard]] NodeId beyond(NodeId from, NodeId host) {
    const ModelTable::Row& own = *row(host);
    return world().node_named(own.a == world().node(from).name() ? own.b : own.a)->id();
  }
  [[nodiscard]] uint64_t live_deleted() { return world().checker.deletions().unreachable; }

 private:
  void expect_nothing_failed();
  std::unique_ptr<World> world_;
  std::unique_ptr<Faults> faults_;
};

}  // namespace buddyring::sim
