// SPDX-License-Identifier: Apache-2.0
// A member whose own agent stalls: what it counts of that, and that it accuses nobody.
#include <gtest/gtest.h>

#include "core/delay_histogram.h"
#include "tests/unit/ring_fixture.h"

namespace buddyring {
namespace {

class RingStall : public RingTest {
 protected:
  // The agent of `name` does not run for so many intervals; its kernel goes on.
  void stall(const std::string& name, int intervals) {
    pool_[name].agent_runs = false;
    pool_.step(intervals);
    pool_[name].agent_runs = true;
  }
  const RingMember::Counters& counters(const std::string& name) { return pool_[name].core->counters(); }
};

TEST_F(RingStall, EveryTickIsCountedByHowLateItRan) {
  start(3);
  const RingMember::Counters before = counters("s1");
  pool_.step(10);
  const RingMember::Counters usual = counters("s1");
  EXPECT_EQ(delay_count(usual.tick_delay), usual.ticks);
  EXPECT_EQ(usual.ticks, before.ticks + 10);
  EXPECT_EQ(usual.stalls, before.stalls);
  const uint64_t usual_ns = (usual.tick_delay.sum_ns - before.tick_delay.sum_ns) / 10;
  EXPECT_LT(usual_ns, to_ns(ModelPool::interval));
  stall("s1", 7);
  pool_.step();
  const RingMember::Counters after = counters("s1");
  EXPECT_EQ(delay_count(after.tick_delay), after.ticks);
  EXPECT_EQ(after.ticks, usual.ticks + 1) << "what was slept through is one tick, and late";
  EXPECT_EQ(after.tick_delay.sum_ns, usual.tick_delay.sum_ns + usual_ns + to_ns(7 * ModelPool::interval));
  EXPECT_EQ(after.tick_delay.bucket[delay_bucket(7 * ModelPool::interval)], 1U);
  EXPECT_EQ(after.stalls, usual.stalls + 1);
}

// Two honest misses, then a sleep in which any number of answers may have been due: what is
// judged at the wake-up is void, and the verdict waits for a miss after it.
TEST_F(RingStall, AVerdictThatWouldSpanItIsVoid) {
  start(5);
  const std::string buddy = pool_.table.find("s1")->a;
  pool_.cut = {{"s1", buddy}};
  pool_.step(3);
  ASSERT_EQ(counters("s1").verdicts, 0U);
  const uint64_t stalls = counters("s1").stalls;
  stall("s1", 50);
  pool_.step();
  EXPECT_EQ(counters("s1").stalls, stalls + 1);
  EXPECT_EQ(counters("s1").verdicts, 0U) << "at the tick that ran late";
  pool_.step(2);
  EXPECT_EQ(counters("s1").verdicts, 1U) << "it has missed it again";
}

TEST_F(RingStall, WhoAnsweredMeanwhileIsAccusedOfNothing) {
  start(5);
  const std::string buddy = pool_.table.find("s1")->a;
  pool_.cut = {{"s1", buddy}};
  pool_.step(3);
  stall("s1", 50);
  pool_.cut.clear();
  pool_.step(5);
  EXPECT_EQ(counters("s1").verdicts, 0U);
  expect_whole(5);
}

TEST_F(RingStall, TheTablesLastWordOnTheRingsSizeIsKeptWithItsTime) {
  start(1);
  EXPECT_EQ(counters("s1").ring_servers, 1U) << "as it was announced";
  for (const char* name : {"s2", "s3", "s4", "s5", "s6"}) {
    pool_.start(name);
    pool_.step();
  }
  pool_.registry_up = false;
  pool_.step(static_cast<int>(limits::idle_reread / ModelPool::interval) + 2);
  const RingSize said = counters("s1").ring_servers;
  const Instant when = counters("s1").ring_servers_at;
  EXPECT_LT(when, pool_.now - limits::idle_reread);
  pool_.step(100);
  EXPECT_EQ(counters("s1").ring_servers, said) << "a registry that is away says nothing";
  EXPECT_EQ(counters("s1").ring_servers_at, when);
  pool_.registry_up = true;
  pool_.step(100);
  EXPECT_EQ(counters("s1").ring_servers, 6U);
  EXPECT_GT(counters("s1").ring_servers_at, when);
}

}  // namespace
}  // namespace buddyring
