// SPDX-License-Identifier: Apache-2.0
// The simulator itself: what its checks notice, and what it draws.
#include "tests/scenarios/scenario.h"

namespace buddyring::sim {
namespace {

class Simulator : public Scenario {
 protected:
  // What the checker makes of a deletion of `victim` by its buddy, who is known to have been wrong.
  void delete_wrongly(NodeId victim) {
    const NodeId accuser = buddy(victim);
    const DeleteRequest request{.server = world().node(victim).name(),
                                .incarnation = row(victim)->server.incarnation,
                                .accuser = world().node(accuser).name(),
                                .reason = DeleteReason::dead,
                                .evidence = {},
                                .run = {},
                                .witness = world().node(beyond(accuser, victim)).name(),
                                .word = WitnessWord::concurs};
    world().checker.on_deleted(request, {.decided_at = world().now, .objection = "for the sake of the test"});
  }
  [[nodiscard]] std::string failed_check() {
    const auto& violation = world().checker.violation();
    return violation ? violation->check : "";
  }
};

TEST_F(Simulator, AServerWhoseAgentIsStoppedLivesAsLongAsItsLease) {
  start(6);
  afflict(FaultKind::agent_stopped, {1}, second);
  go_on(100 * millisecond);  // of the lease's 500
  delete_wrongly(1);
  EXPECT_EQ(failed_check(), "witnesses");
  EXPECT_EQ(world().checker.deletions().unreachable, 1U);
  EXPECT_EQ(world().checker.deletions().hung, 0U);
}

TEST_F(Simulator, AServerWhoseAgentIsGoneIsDead) {
  start(6);
  world().node(1).kill_agent();
  delete_wrongly(1);
  EXPECT_EQ(failed_check(), "");
  EXPECT_EQ(world().checker.deletions().hung, 1U);
}

TEST_F(Simulator, RacksFailOnlyWhereThereAreZones) {
  for (const unsigned zones : {0U, 3U}) {
    sim::Setup setup;
    setup.servers = 6;
    setup.zones = zones;
    setup.detection = {.interval = Duration{interval}, .misses = 3};
    setup.lease = std::chrono::milliseconds{500};
    World world(setup, Trace::Lines::none);
    FaultChoice choice{};
    choice[static_cast<size_t>(FaultKind::rack)] = true;
    Faults faults(world, choice, 10);
    for (NodeId host = 0; host < setup.servers; ++host) {
      world.boot(host);
    }
    settle(world, 30 * second);
    faults.draw(10 * second);
    world.run_for(10 * second);
    EXPECT_EQ(faults.counts()[static_cast<size_t>(FaultKind::rack)] > 0, zones > 0) << zones << " zones";
    EXPECT_EQ(faults.off().empty(), zones == 0) << zones << " zones";
  }
}

}  // namespace
}  // namespace buddyring::sim
