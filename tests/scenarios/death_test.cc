// SPDX-License-Identifier: Apache-2.0
// Deaths: one, many side by side, all but one, of newcomers.
#include "tests/scenarios/scenario.h"

namespace buddyring::sim {
namespace {

class Deaths : public Scenario {};

TEST_F(Deaths, OneIsFoundWithinTheDetectionTimeAndAnInterval) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    start(8, seed);
    go_on(static_cast<Nanos>(seed) * 3 * millisecond);
    crash(2);
    EXPECT_LE(expect_whole(), (3 + 1 + 1) * interval + 30 * millisecond);
    EXPECT_EQ(rows(), 7U);
  }
}

TEST_F(Deaths, UpToEightSideBySideTakeHardlyLongerThanOne) {
  for (size_t deaths = 1; deaths <= 8; ++deaths) {
    start(16, deaths);
    for (const NodeId host : faults().neighbours(deaths)) {
      crash(host);
    }
    EXPECT_LE(expect_whole(), (3 + 1 + 3) * interval) << deaths << " deaths";
    EXPECT_EQ(rows(), 16U - deaths);
  }
}

TEST_F(Deaths, AllButOne) {
  for (unsigned servers = 2; servers <= 24; ++servers) {
    start(servers);
    for (NodeId host = 1; host < servers; ++host) {
      crash(host);
    }
    expect_whole(servers > 9 ? 200 * second : 15 * second);
    EXPECT_EQ(rows(), 1U) << servers;
  }
}

TEST_F(Deaths, OfTwoOneIsFoundThoughNobodyCanConcur) {
  start(2);
  crash(1);
  EXPECT_LE(expect_whole(), second);
  EXPECT_EQ(rows(), 1U);
}

TEST_F(Deaths, OfThreeTwoAtOnce) {
  start(3);
  crash(0);
  crash(2);
  expect_whole();
  EXPECT_EQ(rows(), 1U);
}

TEST_F(Deaths, AWitnessWhoseAgentHangsHoldsNobodyUpForLong) {
  start(8);
  const NodeId dead = buddy(0);
  const NodeId other = beyond(0, dead);
  afflict(FaultKind::agent_stopped, {other}, 400 * millisecond);
  go_on(100 * millisecond);
  crash(dead);
  go_on(300 * millisecond);
  EXPECT_FALSE(has_row(dead)) << "its word is not waited for longer than misses take";
  expect_whole();
}

TEST_F(Deaths, AServerThatIsToBeKeptIsSoWhileItsAgentHangsOrIsGoneAndNotWhenItsKernelIs) {
  for (const bool kept : {false, true}) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      sim::Setup setup = usual(8, seed);
      setup.keep_stale = kept;
      start(setup);
      afflict(FaultKind::agent_stopped, {2}, 2 * second);
      world().node(5).kill_agent();
      go_on(1500 * millisecond);
      EXPECT_EQ(has_row(2), kept);
      EXPECT_EQ(has_row(5), kept);
      crash(5);
      crash(6);
      expect_whole(20 * second);
      EXPECT_FALSE(has_row(5));
      EXPECT_FALSE(has_row(6)) << "its neighbour's kernel had no judge";
      EXPECT_TRUE(has_row(2)) << "it woke";
    }
  }
}

TEST_F(Deaths, ANewcomerThatDiesRightAfterItsAnnounceIsFound) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    start(5, seed);
    afflict(FaultKind::message_repeated, {}, 1, 0);
    const NodeId newcomer = world().add_host("s5", "");
    world().boot(newcomer);
    for (int i = 0; i < 100'000 && !has_row(newcomer); ++i) {
      go_on(50 * microsecond);
    }
    crash(newcomer);  // before its reply, or before its ServerReplace was sent
    EXPECT_LE(expect_whole(), 4 * second);
    EXPECT_EQ(rows(), 5U);
  }
}

TEST_F(Deaths, ALostServerReplaceIsRepairedByTheAnswers) {
  start(5);
  Fault lost{.kind = FaultKind::message_lost, .until = world().now + 30 * second, .share = 1, .flag = true};
  faults().add(lost);
  crash(2);
  // Detection, and then two probes and one query, though no message ever arrives.
  EXPECT_LE(expect_whole(), (3 + 1 + 1 + 2) * interval + 20 * millisecond);
  EXPECT_EQ(rows(), 4U);
}

// Of the two that a newcomer tells of itself, one never hears of it. The answers of
// its former buddy, which does not count it any more, show it: by the second probe,
// and one query (three ways of it, as chance has it).
TEST_F(Deaths, ALostServerReplaceIsRepairedWithinTwoIntervalsAndAQuery) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    start(5, seed);
    for (NodeId deaf = 0; deaf < 5; ++deaf) {
      const NodeId newcomer = world().add_host("s" + std::to_string(world().nodes.size()), "");
      world().boot(newcomer);
      afflict(FaultKind::message_lost, {deaf}, 30 * second);
      go_on_while([&] { return !has_row(newcomer); }, 100 * microsecond);
      const Nanos announced = world().now;
      const bool concerned =
          row(deaf)->a == world().node(newcomer).name() || row(deaf)->b == world().node(newcomer).name();
      go_on_while([&] { return world().node(deaf).core()->buddies().epoch() != row(deaf)->epoch; }, 100 * microsecond);
      EXPECT_LE(world().now - announced, 2 * interval + 4 * millisecond) << seed << ", " << concerned;
      faults().calm();
      expect_whole();
    }
  }
}

TEST_F(Deaths, ARebootAtTheSameAddressKeepsItsPlace) {
  start(6);
  crash(3);
  world().queue.add(world().now + 10 * millisecond, Happening::power_on, 3);
  world().queue.add(world().now + 20 * millisecond, Happening::start, 3);
  go_on(3 * second);
  expect_whole();
  EXPECT_EQ(rows(), 6U);
  EXPECT_EQ(world().checker.deletions().hung + world().checker.deletions().dead, 0U);
}

// From its silence to the verdict: a whole cycle, then hurried ones.
TEST_F(Deaths, TheVerdictTakesAtMostTwoIntervalsAndTheHurriedCycles) {
  for (const unsigned misses : {2U, 3U, 6U}) {
    const Nanos confirming = (misses - 1) * interval / 4;
    for (Nanos offset = 0; offset < interval; offset += millisecond) {
      start(6, 1 + static_cast<uint64_t>(offset / millisecond), misses);
      go_on(offset);
      const NodeId judge = buddy(3);
      const Nanos died = world().now;
      crash(3);
      go_on_while([&] { return world().node(judge).core()->counters().verdicts == 0; }, 100 * microsecond);
      EXPECT_LE(world().now - died, 2 * interval + confirming + 2 * millisecond) << misses;
      EXPECT_GE(world().now - died, interval + confirming - 2 * millisecond) << misses;
      expect_whole();
    }
  }
}

// Where answers take most of an interval, one that is lost must not be followed by a hurry
// in which none could come.
TEST_F(Deaths, SlowAnswersAreNotHurried) {
  for (Nanos offset = 0; offset < interval; offset += millisecond) {
    sim::Setup setup = usual(6, 1 + static_cast<uint64_t>(offset / millisecond));
    setup.latency_min = setup.latency_max = 8 * millisecond;
    setup.jitter_mean = 10 * microsecond;
    start(setup);
    go_on(offset);
    const NodeId judge = buddy(3);
    cut(judge, 3, interval, false);
    go_on(second);
    EXPECT_EQ(world().node(judge).core()->counters().verdicts, 0U);
  }
}

TEST_F(Deaths, AnImpostorAtADeadServersAddressHidesNothing) {
  for (const bool poses : {false, true}) {
    start(6);
    crash(3);
    const NodeId impostor = world().add_host("i6", "", world().node(3).address());
    world().node(impostor).power_on();
    if (poses) {
      world().node(impostor).pose();
    }
    go_on(second);
    EXPECT_FALSE(has_row(3));
    world().node(impostor).crash();
    expect_whole();
    EXPECT_EQ(rows(), 5U);
  }
}

TEST_F(Deaths, ASecondServerWithAnAddressThatIsTakenIsRefused) {
  start(4);
  const NodeId second_host = world().add_host("d4", "", world().node(1).address());
  world().boot(second_host);
  go_on(5 * second);
  EXPECT_EQ(rows(), 4U);
  world().node(second_host).crash();
  expect_whole();
}

}  // namespace
}  // namespace buddyring::sim
