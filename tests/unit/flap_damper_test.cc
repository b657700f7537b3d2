// SPDX-License-Identifier: Apache-2.0
#include "core/flap_damper.h"

#include <gtest/gtest.h>

namespace buddyring {
namespace {

constexpr Instant start{std::chrono::seconds{1}};

TEST(FlapDamperTest, ThePauseDoublesUpToItsLimit) {
  FlapDamper flaps;
  Duration expected = limits::rejoin_pause_first;
  for (int i = 0; i < 20; ++i) {
    flaps.on_member(start);
    EXPECT_EQ(flaps.on_removed(start), expected) << i;
    expected = std::min<Duration>(expected * 2, limits::rejoin_pause_max);
  }
}

TEST(FlapDamperTest, AWhileOfMembershipForgivesAll) {
  FlapDamper flaps;
  flaps.on_member(start);
  EXPECT_EQ(flaps.on_removed(start), limits::rejoin_pause_first);
  EXPECT_GT(flaps.on_removed(start + limits::rejoin_pause_forgotten - Duration{1}), limits::rejoin_pause_first);
  EXPECT_EQ(flaps.on_removed(start + limits::rejoin_pause_forgotten), limits::rejoin_pause_first);
}

}  // namespace
}  // namespace buddyring
