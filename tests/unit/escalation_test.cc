// SPDX-License-Identifier: Apache-2.0
#include "core/escalation.h"

#include <gtest/gtest.h>

#include "core/delay_histogram.h"

namespace buddyring {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class EscalationTest : public ::testing::Test {
 protected:
  static constexpr Duration interval = milliseconds{100};

  // So many ticks, each late by that much; the first order that came of them.
  EscalationOrder ticks(uint64_t count, Duration delay) {
    EscalationOrder first = EscalationOrder::none;
    for (uint64_t i = 0; i < count; ++i) {
      now_ += interval;
      count_delay(histogram_, delay);
      const EscalationOrder order = escalation_.look(now_, histogram_);
      first = first == EscalationOrder::none ? order : first;
    }
    return first;
  }
  EscalationOrder rise() { return ticks(limits::escalation_late_ticks, interval); }
  // In time, for `time`.
  EscalationOrder calm(Duration time) { return ticks(static_cast<uint64_t>(time / interval), Duration{1000}); }

  Escalation escalation_{interval};
  buddyring_delay_histogram histogram_{};
  Instant now_{seconds{1}};
};

TEST_F(EscalationTest, TicksInTimeChangeNothing) {
  EXPECT_EQ(ticks(10'000, Duration{50'000}), EscalationOrder::none);
  EXPECT_EQ(ticks(10'000, interval / 5), EscalationOrder::none) << "below the bucket that holds half an interval";
  EXPECT_EQ(escalation_.state(), EscalationState::ordinary);
}

TEST_F(EscalationTest, SoManyLateTicksInAWindowMakeItRise) {
  ticks(20, Duration{});
  EXPECT_EQ(ticks(limits::escalation_late_ticks - 1, interval / 2), EscalationOrder::none);
  EXPECT_EQ(ticks(1, interval / 2), EscalationOrder::rise);
  EXPECT_EQ(escalation_.state(), EscalationState::risen);
  EXPECT_EQ(ticks(100, interval), EscalationOrder::none) << "it is told once";
}

TEST_F(EscalationTest, LateTicksOfDifferentWindowsDoNotAddUp) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ticks(limits::escalation_late_ticks - 1, interval), EscalationOrder::none);
    EXPECT_EQ(ticks(limits::escalation_window_ticks, Duration{}), EscalationOrder::none);
  }
}

TEST_F(EscalationTest, ItFallsOnceNoTickWasLateForAWhile) {
  ASSERT_EQ(rise(), EscalationOrder::rise);
  EXPECT_EQ(calm(limits::escalation_calm_first - interval), EscalationOrder::none);
  EXPECT_EQ(ticks(1, interval), EscalationOrder::none) << "one late tick, and the while begins anew";
  EXPECT_EQ(calm(limits::escalation_calm_first - interval), EscalationOrder::none);
  EXPECT_EQ(calm(interval), EscalationOrder::fall);
  EXPECT_EQ(escalation_.state(), EscalationState::ordinary);
  EXPECT_EQ(ticks(limits::escalation_late_ticks - 1, interval), EscalationOrder::none)
      << "what was late before is over";
}

TEST_F(EscalationTest, EachTimeItStaysTwiceAsLongUpToALimit) {
  Duration expected = limits::escalation_calm_first;
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(rise(), EscalationOrder::rise);
    EXPECT_EQ(escalation_.calm(), expected);
    EXPECT_EQ(calm(expected - interval), EscalationOrder::none);
    EXPECT_EQ(calm(interval), EscalationOrder::fall);
    expected = std::min<Duration>(2 * expected, limits::escalation_calm_max);
  }
  EXPECT_EQ(expected, Duration{limits::escalation_calm_max});
}

TEST_F(EscalationTest, AShortIntervalHasItsOwnIdeaOfLate) {
  Escalation fast{milliseconds{1}};
  buddyring_delay_histogram histogram{};
  for (uint64_t i = 0; i < limits::escalation_late_ticks; ++i) {
    count_delay(histogram, milliseconds{1});
  }
  EXPECT_EQ(fast.look(now_, histogram), EscalationOrder::rise);
  EXPECT_EQ(ticks(10'000, milliseconds{1}), EscalationOrder::none);
}

}  // namespace
}  // namespace buddyring
