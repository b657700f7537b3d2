// SPDX-License-Identifier: Apache-2.0
// What an agent's thread is promised under SCHED_DEADLINE.
#include "core/deadline_share.h"

#include <gtest/gtest.h>

namespace buddyring {
namespace {

using namespace std::chrono_literals;

TEST(DeadlineShare, IsAQuarterOfAQuarterOfTheInterval) {
  EXPECT_EQ(deadline_share(10ms), (DeadlineShare{.runtime = 625us, .period = 2500us}));
  EXPECT_EQ(deadline_share(100ms), (DeadlineShare{.runtime = 6250us, .period = 25ms}));
}

TEST(DeadlineShare, HoldsTwoTicksAtTheShortestInterval) {
  EXPECT_EQ(deadline_share(1ms), (DeadlineShare{.runtime = 100us, .period = 250us}));
}

// The kernel takes no period above 4 s, and what was used up comes back only with the next.
TEST(DeadlineShare, ComesOftenAlsoAtLongIntervals) {
  EXPECT_EQ(deadline_share(400ms).period, 100ms);
  EXPECT_EQ(deadline_share(401ms).period, 100ms);
  EXPECT_EQ(deadline_share(60s), (DeadlineShare{.runtime = 25ms, .period = 100ms}));
}

// What the kernel asks of them.
TEST(DeadlineShare, IsOneThatTheKernelTakes) {
  for (Duration interval = limits::interval_min; interval <= limits::interval_max; interval += interval / 3) {
    const DeadlineShare share = deadline_share(interval);
    EXPECT_GE(share.period, 100us);
    EXPECT_LE(share.period, 4s);
    EXPECT_LE(2 * share.runtime, share.period);
  }
}

}  // namespace
}  // namespace buddyring
