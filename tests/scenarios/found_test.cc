// SPDX-License-Identifier: Apache-2.0
// Failures of the core that the simulator found, each as a script: the fewest
// faults that bring it about, swept over the moments at which they meet.
#include "tests/scenarios/scenario.h"

namespace buddyring::sim {
namespace {

class Found : public Scenario {
 protected:
  // A registry that takes most of an interval, so that there is time for something
  // to change between a conclusion and its asking.
  void start_with_slow_registry(unsigned servers, uint64_t seed, Nanos latency) {
    sim::Setup setup = usual(servers, seed);
    setup.registry_latency = latency;
    start(setup);
  }
  [[nodiscard]] NodeId other_buddy(NodeId host) { return world().node_named(row(host)->b)->id(); }
};

// The list changed under an inquiry whose verdict was still to be asked for: both
// buddies die, and the verdict on one waits for that on the other.
TEST_F(Found, AVerdictOnWhomIsNoBuddyAnyMore) {
  for (Nanos offset = 0; offset < 2 * interval; offset += millisecond) {
    start_with_slow_registry(9, 1 + static_cast<uint64_t>(offset / millisecond), 8 * millisecond);
    const NodeId one = buddy(0);
    const NodeId two = other_buddy(0);
    crash(one);
    go_on(offset);
    crash(two);
    expect_whole();
    EXPECT_EQ(rows(), 7U);
    EXPECT_EQ(live_deleted(), 0U);
  }
}

// Buddies were judged at full ticks, inquiries concluded at half ticks too: a
// silence that ends as the verdict falls.
TEST_F(Found, AVerdictOnWhomTheKernelHasHeardSince) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    for (Nanos span = 3 * interval; span < 5 * interval; span += millisecond) {
      start(6, seed);
      afflict(FaultKind::isolation, {1}, span);
      go_on(second);
      expect_whole(20 * second);
      EXPECT_EQ(rows(), 6U);
    }
  }
}

// Who was found dead was heard between the conclusion and the asking, for which a
// question about the other buddy had to end first.
TEST_F(Found, AVerdictOnWhomWeHeardBeforeItCouldBeAsked) {
  for (Nanos latency = 9 * millisecond; latency < 15 * millisecond; latency += millisecond) {
    for (Nanos span = 3 * interval; span < 5 * interval; span += millisecond) {
      start_with_slow_registry(9, 1 + static_cast<uint64_t>(span / millisecond), latency);
      const NodeId suspect = buddy(0);
      afflict(FaultKind::isolation, {suspect}, span);
      cut(0, other_buddy(0), span);
      go_on(second);
      expect_whole(20 * second);
    }
  }
}

// The table's new list of those beyond came under an old conclusion. No script was
// found that brings it about alone, so the seed is run, with the faults that it draws now.
TEST(FoundBySeed, AWitnessWhoWasNeverHeard) {
  RunOptions options;
  options.wishes.seed = 48;
  options.length = 360 * second;
  options.faults.fill(true);
  EXPECT_EQ(run_seed(options, Trace::Lines::none).failure, "");
}

// Everybody else dead, more of them than are asked about, one after the other.
TEST_F(Found, TheLoneSurvivorOfMany) {
  for (const Nanos pause : {Nanos{0}, interval, 10 * interval}) {
    start(12);
    for (NodeId host = 1; host < 12; ++host) {
      crash(host);
      go_on(pause);
    }
    expect_whole(150 * second);
    EXPECT_EQ(rows(), 1U);
  }
}

// The commit was done, its reply lost, the partition over: four servers went on
// in a ring that the table no longer knew.
TEST_F(Found, ADeletionThatNobodyHeardOf) {
  for (Nanos offset = 0; offset < 2 * interval; offset += 2 * millisecond) {
    start(8);
    Fault split{.kind = FaultKind::partition, .until = world().now + 20 * second, .side = {}};
    split.side.resize(world().nodes.size());
    for (const NodeId host : faults().neighbours(4)) {
      split.side[host] = 1;
    }
    faults().add(split);
    go_on(3 * interval + offset);
    afflict(FaultKind::reply_lost, {}, 2 * second, 1);
    go_on(300 * millisecond);
    faults().calm();
    EXPECT_LE(expect_whole(40 * second), 15 * second) << "not at the next idle look";
    EXPECT_EQ(rows(), 8U);
  }
}

// All places for messages were taken when a newcomer was to be introduced: it has
// deleted many, nobody takes its messages, and it is taken out itself.
TEST_F(Found, AnIntroductionThatWasNeverSent) {
  start(40);
  faults().add({.kind = FaultKind::message_lost, .until = world().now + 60 * second, .share = 1, .flag = true});
  for (int deaths = 0; deaths < 14; ++deaths) {
    const NodeId dead = buddy(0);
    crash(dead);
    go_on_while([&] { return has_row(dead); });
  }
  world().registry.remove_by_operator("s0");
  go_on_while([&] { return world().node(0).core()->counters().removals == 0; });
  faults().calm();
  expect_whole(20 * second);
  EXPECT_EQ(rows(), 26U);
}

// The accuser was stopped while it waited for a witness. Two guards stand against it:
// the pause after our own stall, and the age of a word.
TEST_F(Found, AWordAsOldAsTheAccusersOwnStall) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    for (Nanos offset = 2 * interval; offset < 5 * interval; offset += millisecond) {
      start(6, seed);
      const NodeId suspect = buddy(0);
      afflict(FaultKind::registry_unreachable, {beyond(0, suspect)}, second);
      afflict(FaultKind::isolation, {suspect}, offset + 2 * millisecond);
      go_on(offset);
      afflict(FaultKind::agent_stopped, {0}, 10 * interval);
      go_on(second);
      expect_whole(20 * second);
    }
  }
}

}  // namespace
}  // namespace buddyring::sim
