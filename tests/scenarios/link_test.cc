// SPDX-License-Identifier: Apache-2.0
// Links that fail: of a pair, of one server, of many packets.
#include "tests/scenarios/scenario.h"

namespace buddyring::sim {
namespace {

class Links : public Scenario {};

TEST_F(Links, ACutBetweenOnePairDeletesNobody) {
  for (const bool both_ways : {true, false}) {
    start(6);
    cut(0, buddy(0), 30 * second, both_ways);
    go_on(31 * second);
    EXPECT_EQ(rows(), 6U);
    EXPECT_EQ(live_deleted(), 0U);
    expect_whole();
  }
}

TEST_F(Links, ADeathDuringACutIsFound) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    start(6, seed);
    const NodeId other = buddy(0);
    cut(0, other, 30 * second);
    go_on(second);
    crash(other);
    go_on(second);
    EXPECT_FALSE(has_row(other)) << "although one of its buddies could not reach it before";
    EXPECT_EQ(rows(), 5U);
    go_on(30 * second);
    EXPECT_EQ(live_deleted(), 0U);
  }
}

// The accuser cannot hear the suspect, and its witness has gone: the two look like
// a run, for which the server beyond vouches. But the witness had heard the suspect
// a moment before.
TEST_F(Links, WhomTheWitnessHeardIsNotDeletedWithIt) {
  for (const bool dies : {true, false}) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      start(8, seed);
      const NodeId suspect = buddy(0);
      const NodeId witness = beyond(0, suspect);
      cut(0, suspect, 10 * second);
      go_on(second + static_cast<Nanos>(seed) * 3 * millisecond);
      ASSERT_TRUE(world().node(0).core()->is_contested(world().node(suspect).name()));
      if (dies) {
        crash(witness);
      } else {
        afflict(FaultKind::isolation, {witness}, 10 * second);
      }
      go_on(9 * second);
      EXPECT_TRUE(has_row(suspect)) << "seed " << seed;
      EXPECT_FALSE(has_row(witness)) << "seed " << seed;
      EXPECT_EQ(world().node(suspect).core()->counters().removals, 0U) << "seed " << seed;
    }
  }
}

TEST_F(Links, AServerCutOffFromTheRingAloneDeletesNobody) {
  // It goes on reaching the registry. Its buddies delete it, by each other's
  // word; it announces itself again although nobody answers, and must not take
  // all others for dead.
  for (const unsigned servers : {3U, 5U, 12U, 20U}) {
    start(servers);
    afflict(FaultKind::isolation, {1}, 200 * second);
    go_on(200 * second);
    EXPECT_LE(rows(), servers);
    EXPECT_GE(rows(), servers - 1);
    for (NodeId other = 0; other < servers; ++other) {
      EXPECT_TRUE(other == 1 || world().node(other).core()->counters().removals == 0);
    }
    expect_whole(70 * second);
    EXPECT_EQ(rows(), servers);
  }
}

TEST_F(Links, OfTwoThatLoseEachOtherNeitherIsDeleted) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    start(2, seed);
    cut(0, 1, 10 * second);
    go_on(11 * second);
    EXPECT_EQ(rows(), 2U);
    EXPECT_EQ(live_deleted(), 0U);
    expect_whole();
  }
}

TEST_F(Links, OfThreeACutBetweenTwoDeletesNobody) {
  start(3);
  cut(0, 1, 10 * second);
  go_on(11 * second);
  EXPECT_EQ(rows(), 3U);
  EXPECT_EQ(live_deleted(), 0U);
}

TEST_F(Links, TenPercentLossBothWaysDeletesNobodyAndADeathIsFound) {
  start(8, 1, 5);
  afflict(FaultKind::loss, {}, 60 * second, 0.1);
  go_on(30 * second);
  EXPECT_EQ(rows(), 8U);
  crash(3);
  go_on(2 * second);
  EXPECT_FALSE(has_row(3));
  go_on(28 * second);
  EXPECT_EQ(rows(), 7U);
  EXPECT_EQ(live_deleted(), 0U);
}

TEST_F(Links, AServerWithoutItsCableAccusesNobody) {
  start(8);
  afflict(FaultKind::unplugged, {2}, 10 * second);
  go_on(10 * second);
  EXPECT_EQ(rows(), 7U);
  EXPECT_EQ(live_deleted(), 1U);
  expect_whole(70 * second);
  EXPECT_EQ(rows(), 8U);
}

TEST_F(Links, AServerThatCannotSendProbesAccusesNobody) {
  for (const unsigned servers : {2U, 3U, 6U}) {
    start(servers);
    afflict(FaultKind::probe_failed, {1}, 20 * second);
    go_on(21 * second);
    EXPECT_EQ(rows(), servers);
    EXPECT_EQ(live_deleted(), 0U);
    EXPECT_EQ(world().node(1).core()->counters().verdicts, 0U);
  }
}

TEST_F(Links, WhoCanSendNoProbesAnyMoreDoesNotDeleteWhomItMissed) {
  start(6);
  const NodeId suspect = buddy(0);
  cut(0, suspect, 30 * second);
  go_on(second);
  ASSERT_TRUE(world().node(0).core()->is_contested(world().node(suspect).name()));
  afflict(FaultKind::probe_failed, {0}, 20 * second);
  go_on(20 * second);
  EXPECT_TRUE(has_row(suspect));
  EXPECT_EQ(live_deleted(), 0U);
}

// Its probes do not leave for as long as a verdict takes: it has not missed the
// suspect, and whoever is cut off from the suspect learns nothing from it.
TEST_F(Links, AWitnessThatCannotSendForAMomentDoubtsNobody) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    start(6, seed);
    const NodeId suspect = buddy(0);
    cut(0, suspect, 10 * second);
    go_on(second + static_cast<Nanos>(seed) * millisecond);
    afflict(FaultKind::probe_failed, {beyond(0, suspect)}, 4 * interval);
    go_on(5 * second);
    EXPECT_TRUE(has_row(suspect)) << seed;
    EXPECT_EQ(live_deleted(), 0U) << seed;
  }
}

TEST_F(Links, AFlapperIsDamped) {
  start(6);
  uint64_t removals = 0;
  for (int i = 0; i < 30; ++i) {
    afflict(FaultKind::isolation, {1}, second);
    go_on(2 * second);
    removals = world().node(1).core()->counters().removals;
  }
  EXPECT_GE(removals, 3U);
  EXPECT_LE(removals, 12U) << "each time it waits twice as long";
  expect_whole(70 * second);
}

}  // namespace
}  // namespace buddyring::sim
