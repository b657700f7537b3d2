// SPDX-License-Identifier: Apache-2.0
// RingMembers in a pool whose verdicts an operator has paused.
#include "tests/unit/ring_fixture.h"

namespace buddyring {
namespace {

class RingPauseTest : public RingTest {};

TEST_F(RingPauseTest, WhileThePoolIsPausedTheDeadStayAndThenTheyGo) {
  start(5);
  const ModelTable::Row dead = *pool_.table.find("s3");
  pool_.table.pause(pool_.now + std::chrono::hours{1});
  pool_["s3"].up = false;
  pool_.step(static_cast<int>(3 * limits::paused_retry / ModelPool::interval));
  EXPECT_EQ(pool_.table.size(), 5U);
  for (const std::string& buddy : {dead.a, dead.b}) {
    EXPECT_TRUE(pool_[buddy].core->is_paused("s3"));
    EXPECT_EQ(ModelPool::count(pool_[buddy], EventKind::deleted, "paused"), 1U) << "it is asked again, not told of";
    EXPECT_EQ(ModelPool::count(pool_[buddy], EventKind::deleted), 1U);
  }
  pool_.table.pause(pool_.now);
  pool_.step(static_cast<int>(limits::paused_retry / ModelPool::interval) + 2);
  expect_whole(4);
}

TEST_F(RingPauseTest, WhoAnswersAgainWhileThePoolIsPausedIsNotDeletedAfterIt) {
  start(5);
  const std::string buddy = pool_.table.find("s3")->a;
  pool_.table.pause(pool_.now + std::chrono::hours{1});
  pool_["s3"].up = false;
  pool_.step(20);
  ASSERT_TRUE(pool_[buddy].core->is_paused("s3"));
  pool_["s3"].up = true;
  pool_.step(2);
  EXPECT_FALSE(pool_[buddy].core->is_paused("s3"));
  pool_.table.pause(pool_.now);
  pool_.step(static_cast<int>(limits::paused_retry / ModelPool::interval) + 2);
  expect_whole(5);
}

}  // namespace
}  // namespace buddyring
