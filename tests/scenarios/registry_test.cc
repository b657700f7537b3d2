// SPDX-License-Identifier: Apache-2.0
// The registry out of reach, slow, or silent after the deed; and accusers whose
// knowledge is old.
#include "tests/scenarios/scenario.h"

namespace buddyring::sim {
namespace {

class RegistryFaults : public Scenario {
 protected:
  void lose_registry(Nanos span) {
    world().registry.drop_connections();
    afflict(FaultKind::registry_down, {}, span);
  }
};

TEST_F(RegistryFaults, DeathsDuringAnOutageAreFoundAfterItAndARecoveryIsNotHeldAgainstAnybody) {
  start(8);
  lose_registry(10 * second);
  go_on(second);
  crash(5);
  afflict(FaultKind::isolation, {2}, 5 * second);
  go_on(10 * second);
  EXPECT_LE(expect_whole(), 5 * second);
  EXPECT_EQ(rows(), 7U);
  EXPECT_EQ(live_deleted(), 0U) << "the one that was back before the registry was";
}

TEST_F(RegistryFaults, WhenItReturnsNobodyIsReapedEnMasse) {
  start(12);
  lose_registry(20 * second);
  afflict(FaultKind::loss, {}, 19 * second, 0.9);
  go_on(25 * second);
  EXPECT_EQ(live_deleted(), 0U);
  expect_whole();
  EXPECT_EQ(rows(), 12U);
}

// One packet in ten is lost until long after the registry's return, so there are
// verdicts all the time, before, during and after. Where one was ready before the outage
// it comes back to be revalidated, and is asked for again as its server is dead.
TEST_F(RegistryFaults, WhenItReturnsIntoALossyNetworkNobodyIsReapedEnMasse) {
  uint64_t sent_back = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    start(12, seed, 5);
    afflict(FaultKind::loss, {}, 20 * second, 0.1);
    crash(5);
    go_on_while([&] { return row(5)->marks[0].by.empty() && row(5)->marks[1].by.empty(); });
    go_on(2 * millisecond);
    lose_registry(10 * second);
    go_on(10 * second);
    EXPECT_EQ(rows(), 12U) << seed;
    go_on(10 * second);
    EXPECT_FALSE(has_row(5)) << seed;
    sent_back += world().registry.sent_back();
    EXPECT_EQ(live_deleted(), 0U) << seed;
    expect_whole(20 * second);
    EXPECT_EQ(rows(), 11U) << seed;
  }
  EXPECT_GT(sent_back, 0U);
}

TEST_F(RegistryFaults, ADeletionWhoseReplyIsLostIsNoticed) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    start(6, seed);
    afflict(FaultKind::reply_lost, {}, 300 * millisecond, 1);
    crash(1);
    expect_whole(15 * second);
    EXPECT_EQ(rows(), 5U);
  }
}

TEST_F(RegistryFaults, ADeletionWhoseReplyIsLostIsNoticedThoughTheDeletedIsHeardAgain) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    start(6, seed);
    const NodeId accuser = buddy(1);
    afflict(FaultKind::isolation, {1}, 2 * second);
    for (int i = 0; i < 1000 && world().node(accuser).core()->counters().verdicts == 0; ++i) {
      go_on(millisecond);
    }
    afflict(FaultKind::reply_lost, {}, second, 1);
    for (int i = 0; i < 1000 && has_row(1); ++i) {
      go_on(millisecond);
    }
    ASSERT_FALSE(has_row(1)) << seed;
    faults().calm();
    EXPECT_LE(expect_whole(20 * second), 12 * second) << "a call's time, and not until the next idle look";
    EXPECT_EQ(rows(), 6U);
  }
}

TEST_F(RegistryFaults, AnAnnounceWhoseReplyIsLostIsRepeated) {
  start(4);
  crash(2);
  expect_whole();
  afflict(FaultKind::reply_lost, {}, 200 * millisecond, 1);
  world().boot(2);
  expect_whole(20 * second);
  EXPECT_EQ(rows(), 4U);
}

TEST_F(RegistryFaults, ASlowOneDelaysAndMisleadsNobody) {
  start(6);
  Fault slow{.kind = FaultKind::registry_slow, .until = world().now + 10 * second, .span = 200 * millisecond};
  faults().add(slow);
  go_on(second);
  crash(4);
  go_on(8 * second);
  EXPECT_FALSE(has_row(4));
  EXPECT_EQ(live_deleted(), 0U);
  go_on(second);
  expect_whole();
}

TEST_F(RegistryFaults, AStoppedAccuserWhoGoesOnHasNoSayAnyMore) {
  start(6);
  const NodeId victim = buddy(0);
  afflict(FaultKind::agent_stopped, {0}, 3 * second);
  cut(0, victim, 4 * second);
  go_on(2 * second);
  EXPECT_FALSE(has_row(0)) << "its lease is stale";
  go_on(3 * second);
  EXPECT_TRUE(has_row(victim));
  EXPECT_EQ(live_deleted(), 0U);
  expect_whole(70 * second);
  EXPECT_EQ(rows(), 6U);
}

TEST_F(RegistryFaults, WhoDiesInAPauseIsDeletedAfterItAndWhoWasOnlyAwayIsNot) {
  start(8);
  afflict(FaultKind::verdicts_paused, {}, 20 * second);
  crash(5);
  afflict(FaultKind::isolation, {2}, 10 * second);
  go_on(19 * second);
  EXPECT_EQ(rows(), 8U);
  go_on(second);
  EXPECT_LE(expect_whole(), 5 * second);
  EXPECT_FALSE(has_row(5));
  EXPECT_EQ(rows(), 7U);
  EXPECT_EQ(live_deleted(), 0U);
}

TEST_F(RegistryFaults, OneServerAloneSurvivesThemAll) {
  start(1);
  lose_registry(3 * second);
  afflict(FaultKind::agent_stopped, {0}, 2 * second);
  go_on(4 * second);
  expect_whole(15 * second);
  EXPECT_EQ(rows(), 1U);
}

TEST_F(RegistryFaults, OneServerAloneNoticesThatItWasRemoved) {
  start(1);
  world().registry.remove_by_operator("s0");
  EXPECT_LE(expect_whole(), 6 * second);
  EXPECT_EQ(rows(), 1U);
}

TEST_F(RegistryFaults, ConcurrentAnnouncesMakeOneRing) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    start(2, seed);
    for (int i = 0; i < 12; ++i) {
      world().boot(world().add_host("s" + std::to_string(world().nodes.size()), ""));
    }
    expect_whole(20 * second);
    EXPECT_EQ(rows(), 14U);
  }
}

}  // namespace
}  // namespace buddyring::sim
