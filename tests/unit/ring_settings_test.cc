// SPDX-License-Identifier: Apache-2.0
// A member that is given another interval and other misses while it watches: at whatever moment of
// a cycle that is, no probe is lost, nobody is suspected, and deaths are found by the new ones.
#include "tests/unit/ring_fixture.h"

namespace buddyring {
namespace {

using std::chrono::milliseconds;

class RingSettingsTest : public RingTest {
 protected:
  [[nodiscard]] RingMember& own() { return *pool_["s1"].core; }
  // In steps of a millisecond. False as soon as a cycle has ended otherwise than answered.
  [[nodiscard]] bool all_answered_for(int steps) {
    for (int i = 0; i < steps; ++i) {
      pool_.step(1, milliseconds{1});
      if (own().watches().any([](const Watch& watch) { return watch.detector.last_end() != CycleEnd::answered; })) {
        return false;
      }
    }
    return true;
  }
};

TEST_F(RingSettingsTest, AnotherIntervalLosesNoProbeAtAnyMoment) {
  for (const int wanted : {1, 5, 9, 11, 20, 50}) {
    for (int offset = 0; offset <= 10; ++offset) {
      SCOPED_TRACE(std::to_string(wanted) + " ms, told " + std::to_string(offset) + " ms after a tick");
      ModelPool fresh;
      std::swap(pool_, fresh);
      start(4);
      pool_.step(5);
      ASSERT_TRUE(all_answered_for(offset));
      const auto [ticks, stalls] = std::pair(own().counters().ticks, own().counters().stalls);
      own().handle_detection(pool_.now, {.interval = milliseconds{wanted}, .misses = 4});
      ASSERT_TRUE(all_answered_for(10 * wanted));
      EXPECT_EQ(own().counters().stalls, stalls);
      EXPECT_GE(own().counters().ticks - ticks, 10U);
      EXPECT_LE(own().counters().ticks - ticks, 11U);
      EXPECT_TRUE(own().word().until > pool_.now);
      EXPECT_EQ(ModelPool::count(pool_["s1"], EventKind::suspect), 0U);
    }
  }
}

TEST_F(RingSettingsTest, TheWordGoesOnWhileTheIntervalGrows) {
  start(4);
  pool_.step(5);
  own().handle_detection(pool_.now, {.interval = milliseconds{50}, .misses = 3});
  for (int i = 0; i < 100; ++i) {
    pool_.step(1, milliseconds{1});
    ASSERT_GT(own().word().until, pool_.now) << i;
  }
}

TEST_F(RingSettingsTest, DeathsAreFoundByTheNewOnes) {
  start(4);
  pool_.step(5);
  const std::string buddy = pool_.table.find("s1")->a;
  own().handle_detection(pool_.now, {.interval = milliseconds{5}, .misses = 6});
  pool_.step(10, milliseconds{1});
  pool_[buddy].up = false;
  const Instant silent = pool_.now;
  while (own().counters().verdicts == 0 && pool_.now < silent + milliseconds{100}) {
    pool_.step(1, milliseconds{1});
  }
  EXPECT_LE(pool_.now, silent + 7 * milliseconds{5} + milliseconds{1});
}

}  // namespace
}  // namespace buddyring
