// SPDX-License-Identifier: Apache-2.0
// How lists, table and truth find together again after messages were lost, the
// registry was away, or a server was deleted while it lived.
#include "tests/unit/ring_fixture.h"

namespace buddyring {
namespace {

class RingRepairTest : public RingTest {};

TEST_F(RingRepairTest, ALostServerReplaceIsRepairedByTheAnswers) {
  start(4);
  pool_.lose_replaces = true;
  pool_.start("s5");
  pool_.step(1);
  EXPECT_NE(pool_.disagreement(), "");
  pool_.step(12);  // all attempts fail
  pool_.lose_replaces = false;
  pool_.step(60);
  expect_whole(5);
}

TEST_F(RingRepairTest, ALostServerReplaceIsRepairedWithinTwoIntervals) {
  start(4);
  pool_.lose_replaces = true;
  pool_.start("s5");  // its first tick and with it its first probes are at once
  pool_.lose_replaces = false;
  EXPECT_NE(pool_.disagreement(), "");
  pool_.step(2);
  expect_whole(5);
}

TEST_F(RingRepairTest, AReplacedServersFirstAnswerLeadsToTheTable) {
  start(4);
  pool_["s2"].up = false;
  pool_.step();
  pool_.start("s2");
  pool_.lose_replaces = true;
  pool_.step(2);
  EXPECT_EQ(pool_.disagreement(), "") << "from the other incarnation alone";
}

TEST_F(RingRepairTest, ANewcomerThatDiesBeforeItsServerReplaceIsFound) {
  start(4);
  pool_.lose_replaces = true;
  pool_.start("s5").up = false;
  EXPECT_EQ(pool_.table.size(), 5U);
  pool_.lose_replaces = false;
  pool_.step(static_cast<int>(limits::expectation_patience / ModelPool::interval) + 60);
  expect_whole(4);
}

TEST_F(RingRepairTest, AfterAnOutageOnlyThoseStillSilentAreDeleted) {
  start(8);
  pool_.registry_up = false;
  for (const char* name : {"s2", "s4", "s6", "s7"}) {
    pool_[name].up = false;
  }
  pool_.step(50);
  for (const char* name : {"s2", "s4", "s6"}) {
    pool_[name].up = true;
  }
  pool_.registry_up = true;
  pool_.step(200);
  expect_whole(7);
  EXPECT_EQ(pool_.table.find("s7"), nullptr);
}

TEST_F(RingRepairTest, WhoIsDeletedAgainAndAgainWaitsLongerEachTime) {
  start(4);
  for (int i = 0; i < 4; ++i) {
    static_cast<void>(pool_.table.remove(
        {.server = "s2", .incarnation = 0, .accuser = "op", .reason = DeleteReason::removed, .evidence = {}},
        pool_.now));
    for (int step = 0; step < 1000 && pool_.table.find("s2") == nullptr; ++step) {
      // Its buddies are not told either: a removal that nobody carried on.
      static_cast<void>(
          pool_["s2"].core->handle_message(pool_.now, ReplaceMessage{.pool = "p",
                                                                     .receiver = "s2",
                                                                     .receiver_epoch = 1000,
                                                                     .server_to_replace = "s1",
                                                                     .replacement = pool_["s1"].core->self(),
                                                                     .sender = "s1",
                                                                     .sender_incarnation = 1}));
      pool_.step();
    }
  }
  EXPECT_EQ(pool_["s2"].core->counters().removals, 4U);
  EXPECT_EQ(ModelPool::count(pool_["s2"], EventKind::flapping), 3U);
}

TEST_F(RingRepairTest, WhomNobodyWatchesSaysSo) {
  start(4);
  pool_.registry_up = false;
  for (const std::string& buddy : {pool_["s3"].core->buddies().a()->name, pool_["s3"].core->buddies().b()->name}) {
    pool_[buddy].up = false;
  }
  const int patience = static_cast<int>(limits::unwatched_patience / ModelPool::interval);
  pool_.step(patience);
  EXPECT_EQ(ModelPool::count(pool_["s3"], EventKind::unwatched), 0U);
  pool_.step(20);
  EXPECT_EQ(ModelPool::count(pool_["s3"], EventKind::unwatched), 1U);
  EXPECT_TRUE(pool_["s3"].core->counters().unwatched);
  pool_.registry_up = true;
  pool_.step(200);
  expect_whole(2);
  EXPECT_EQ(ModelPool::count(pool_["s3"], EventKind::unwatched), 2U) << "it is over";
  EXPECT_FALSE(pool_["s3"].core->counters().unwatched);
}

TEST_F(RingRepairTest, ADeadServerIsFoundAfterTheRegistryCameBack) {
  start(4);
  pool_.registry_up = false;
  pool_["s3"].up = false;
  pool_.step(20);
  EXPECT_EQ(pool_.table.size(), 4U);
  pool_.registry_up = true;
  pool_.step(120);
  expect_whole(3);
}

TEST_F(RingRepairTest, ABuddyThatCameBackBeforeTheRegistryDidIsNotDeleted) {
  start(4);
  pool_.registry_up = false;
  pool_["s3"].up = false;
  pool_.step(20);
  pool_["s3"].up = true;
  pool_.step(2);
  pool_.registry_up = true;
  pool_.step(120);
  expect_whole(4);
  EXPECT_GT(pool_["s1"].core->counters().verdicts + pool_["s2"].core->counters().verdicts +
                pool_["s4"].core->counters().verdicts,
            0U);
}

TEST_F(RingRepairTest, AServerDeletedWhileAliveComesBackUnderAHigherIncarnation) {
  start(4);
  const Incarnation before = pool_["s3"].core->self().incarnation;
  const auto row = *pool_.table.find("s3");
  pool_.cut = {{row.a, "s3"}, {row.b, "s3"}};
  pool_.step(5);
  EXPECT_EQ(pool_.table.size(), 3U);
  pool_.cut.clear();
  pool_.step(60);
  expect_whole(4);
  EXPECT_GT(pool_["s3"].core->self().incarnation, before);
  EXPECT_EQ(ModelPool::count(pool_["s3"], EventKind::removed), 1U);
}

TEST_F(RingRepairTest, AMismatchMakesItRereadItsRow) {
  start(4);
  RingMember& core = *pool_["s1"].core;
  const ReplaceMessage message{.pool = "p",
                               .receiver = "s1",
                               .receiver_epoch = core.buddies().epoch() + 5,
                               .server_to_replace = "s2",
                               .replacement = core.self(),
                               .sender = "s2",
                               .sender_incarnation = 1};
  static_cast<void>(core.handle_message(pool_.now, message));
  const auto request = core.poll_registry_request(pool_.now);
  ASSERT_TRUE(request);
  EXPECT_TRUE(std::holds_alternative<RowRequest>(*request));
}

TEST_F(RingRepairTest, AListAheadOfTheTableIsSetRightWithoutAHotLoop) {
  start(4);
  RingMember& core = *pool_["s1"].core;
  const auto row = *pool_.table.find("s1");
  const ReplaceMessage forged{
      .pool = "p",
      .receiver = "s1",
      .receiver_epoch = core.buddies().epoch() + 1,
      .server_to_replace = row.a,
      .replacement = {.name = "phantom", .address = *Address::parse("10.9.9.9"), .replace_port = 1, .incarnation = 1},
      .sender = "evil",
      .sender_incarnation = 1};
  EXPECT_EQ(core.handle_message(pool_.now, forged).code, AckCode::applied);
  pool_.step(400);
  expect_whole(4);
}

// A witness's new word need not lie until the next half tick.
TEST_F(RingRepairTest, AnAnswerIsLookedForSoonWhileAnInquiryWaits) {
  start(5);
  RingMember& core = *pool_["s1"].core;
  const std::string buddy = pool_.table.find("s1")->a;
  pool_.cut = {{"s1", buddy}, {buddy, "s1"}};
  pool_.step(10);
  ASSERT_TRUE(core.is_contested(buddy));
  EXPECT_EQ(*core.poll_timeout(), pool_.now + ModelPool::interval / 8);
  pool_.cut.clear();
  pool_.step(2);
  EXPECT_GT(*core.poll_timeout(), pool_.now + ModelPool::interval / 8) << "nothing to look for";
}

}  // namespace
}  // namespace buddyring
