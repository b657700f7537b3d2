// SPDX-License-Identifier: Apache-2.0
// Newcomers whose answers do, or do not, arrive: what they do, and what those do who
// are asked to expect them.
#include "tests/unit/ring_fixture.h"

namespace buddyring {
namespace {

class RingNewcomerTest : public RingTest {
 protected:
  static constexpr int patience = static_cast<int>(limits::introduction_patience / ModelPool::interval) + 120;

  [[nodiscard]] static Server stranger(uint32_t address = 0x0a00ffff, Incarnation incarnation = 7) {
    return {.name = "n1", .address = Address::from_v4(address), .replace_port = 7946, .incarnation = incarnation};
  }
  ReplaceAck expect(const Server& newcomer) {
    return pool_["s1"].core->handle_message(pool_.now,
                                            ExpectMessage{.pool = "p", .receiver = "s1", .newcomer = newcomer});
  }
  // The probes that s1 is to send now, by slot.
  std::vector<unsigned> probes() {
    std::vector<unsigned> slots;
    while (const auto order = pool_["s1"].core->poll_probe()) {
      slots.push_back(order->slot);
    }
    return slots;
  }
  const Watch* watch(const std::string& name) { return pool_["s1"].core->watches().find(name); }
};

TEST_F(RingNewcomerTest, WhomNobodyHearsDoesNotStart) {
  start(4);
  pool_.set_heard("s5", false);
  pool_.start("s5");
  pool_.step(patience);
  ASSERT_TRUE(pool_["s5"].core->start_error());
  EXPECT_EQ(pool_["s5"].core->start_error()->kind, ErrorKind::unheard);
  EXPECT_NE(pool_["s5"].core->start_error()->message.find('s'), std::string::npos);
  EXPECT_EQ(pool_.table.find("s5"), nullptr);
  pool_["s5"].up = false;
  pool_.step(300);
  expect_whole(4);
  for (const char* name : {"s1", "s2", "s3", "s4"}) {
    EXPECT_EQ(pool_[name].core->counters().verdicts, 0U) << name;
    EXPECT_FALSE(pool_[name].core->watches().find("s5")) << name;
  }
}

TEST_F(RingNewcomerTest, WhoIsHeardInTheEndIsAnnounced) {
  start(4);
  pool_.set_heard("s5", false);
  pool_.start("s5");
  pool_.step(patience / 2);
  EXPECT_EQ(pool_.table.find("s5"), nullptr);
  pool_.set_heard("s5", true);
  pool_.step(200);
  expect_whole(5);
}

TEST_F(RingNewcomerTest, AMemberThatLostItsRowKeepsTrying) {
  start(4);
  pool_.set_heard("s3", false);
  pool_.step(10);
  EXPECT_EQ(pool_.table.find("s3"), nullptr);
  pool_.step(4 * patience);
  EXPECT_EQ(pool_.table.find("s3"), nullptr);
  EXPECT_FALSE(pool_["s3"].core->start_error());
  EXPECT_GE(ModelPool::count(pool_["s3"], EventKind::unheard), 2U);
  EXPECT_EQ(pool_["s3"].core->counters().removals, 1U) << "it was announced though nobody hears it";
  pool_.set_heard("s3", true);
  pool_.step(static_cast<int>(limits::unheard_pause_max / ModelPool::interval) + 100);
  expect_whole(4);
}

TEST_F(RingNewcomerTest, ARestartedServerThatNobodyHearsDoesNotRejoin) {
  start(4);
  const Incarnation before = pool_.table.find("s3")->server.incarnation;
  pool_["s3"].up = false;
  pool_.step(2);
  pool_.set_heard("s3", false);
  pool_.start("s3");
  ASSERT_NE(pool_.table.find("s3"), nullptr);
  EXPECT_EQ(pool_.table.find("s3")->server.incarnation, before);
  pool_.step(patience);
  EXPECT_TRUE(pool_["s3"].core->start_error());
  EXPECT_EQ(pool_.table.find("s3"), nullptr) << "its buddies did not miss it";
}

TEST_F(RingNewcomerTest, WhoFindsItsRowAndBothBuddiesDeadRejoinsAtOnce) {
  start(3);
  for (const char* name : {"s1", "s2", "s3"}) {
    pool_[name].up = false;
  }
  const Incarnation before = pool_.table.find("s3")->server.incarnation;
  pool_.start("s3");
  EXPECT_GT(pool_.table.find("s3")->server.incarnation, before);
}

TEST_F(RingNewcomerTest, OneProbeLeavesForEachMessageUntilAnAnswerCame) {
  start(2);
  EXPECT_EQ(expect(stranger()).refusal, Refusal::unprobed);
  ASSERT_NE(watch("n1"), nullptr);
  EXPECT_EQ(watch("n1")->role, WatchRole::newcomer);
  const unsigned slot = *pool_["s1"].core->watches().slot_of("n1");
  EXPECT_EQ(probes(), std::vector<unsigned>{slot});
  Observation seen{.departed_number = 1, .departed = pool_.now};
  pool_["s1"].core->handle_observation(pool_.now, slot, seen);
  EXPECT_EQ(expect(stranger()).refusal, Refusal::unheard);
  EXPECT_EQ(probes(), std::vector<unsigned>{slot});

  seen.last_other = pool_.now;
  seen.last_other_class = AnswerClass::not_member;
  seen.other_incarnation = 6;
  pool_["s1"].core->handle_observation(pool_.now, slot, seen);
  EXPECT_EQ(expect(stranger()).refusal, Refusal::unheard) << "that is what was there before it";
  seen.other_incarnation = 7;
  pool_["s1"].core->handle_observation(pool_.now, slot, seen);
  static_cast<void>(probes());
  EXPECT_EQ(expect(stranger()).code, AckCode::applied);
  EXPECT_TRUE(probes().empty());
}

TEST_F(RingNewcomerTest, WhereAnswersCannotBeMatchedNobodyIsCalledUnheard) {
  start(2);
  static_cast<void>(expect(stranger()));
  const unsigned slot = *pool_["s1"].core->watches().slot_of("n1");
  pool_["s1"].core->handle_observation(
      pool_.now, slot, {.departed_number = 1, .departed = pool_.now, .unstamped = pool_.now + Duration{1}});
  EXPECT_EQ(expect(stranger()).refusal, Refusal::unprobed);
}

TEST_F(RingNewcomerTest, NewcomersAreNeitherJudgedNorProbedAtTicks) {
  start(2);
  static_cast<void>(expect(stranger()));
  static_cast<void>(probes());
  const unsigned slot = *pool_["s1"].core->watches().slot_of("n1");
  for (int i = 0; i < 20; ++i) {
    pool_.now += ModelPool::interval;
    pool_["s1"].core->handle_timeout(pool_.now);
    EXPECT_EQ(std::ranges::count(probes(), slot), 0);
  }
  EXPECT_EQ(watch("n1")->detector.state(), BuddyState::alive);
}

TEST_F(RingNewcomerTest, TheSlotIsFreeAgainWhenNothingMoreIsHeardOfIt) {
  start(2);
  static_cast<void>(expect(stranger()));
  pool_.step(static_cast<int>(limits::expectation_patience / ModelPool::interval) + 1);
  EXPECT_EQ(watch("n1"), nullptr);
}

TEST_F(RingNewcomerTest, ThereIsRoomForSoManyAtATime) {
  start(2);
  const uint64_t before = pool_["s1"].core->counters().expects;
  for (uint32_t i = 0; i <= limits::expectations_max; ++i) {
    Server newcomer = stranger(0x0a00ff00 + i);
    newcomer.name = "n" + std::to_string(i);
    EXPECT_EQ(expect(newcomer).refusal, Refusal::unprobed);
  }
  EXPECT_EQ(probes().size(), limits::expectations_max);
  EXPECT_EQ(pool_["s1"].core->counters().expects - before, limits::expectations_max);
}

TEST_F(RingNewcomerTest, AnAddressThatIsAnothersDoesNotTakeItsSlot) {
  start(2);
  const Server& buddy = *pool_["s1"].core->buddies().a();
  EXPECT_EQ(expect(stranger(buddy.address.v4())).refusal, Refusal::mismatch);
  EXPECT_EQ(expect(stranger(pool_["s1"].core->self().address.v4())).refusal, Refusal::mismatch);
  EXPECT_EQ(watch("n1"), nullptr);
  EXPECT_NE(watch(buddy.name), nullptr);
  EXPECT_TRUE(probes().empty());
}

TEST_F(RingNewcomerTest, ABuddyThatRestartsIsProbedOutsideOfItsCyclesOnce) {
  start(2);
  Server buddy = *pool_["s1"].core->buddies().a();
  ++buddy.incarnation;
  pool_.now += std::chrono::milliseconds{1};
  EXPECT_EQ(expect(buddy).refusal, Refusal::unprobed);
  EXPECT_EQ(probes().size(), 1U);
  static_cast<void>(expect(buddy));
  ++buddy.incarnation;
  static_cast<void>(expect(buddy));
  EXPECT_TRUE(probes().empty());
  EXPECT_EQ(watch(buddy.name)->role, WatchRole::buddy);
}

// A start whose link a driver has reset, as some do when a program is attached.
class RingNewcomerWithoutLink : public RingNewcomerTest {
 protected:
  [[nodiscard]] RingMember begin(bool resumes = false) const {
    return {{.pool = "p",
             .self = stranger(),
             .zone = "",
             .detection = {.interval = ModelPool::interval, .misses = 3},
             .resumes = resumes},
            pool_.now};
  }
  [[nodiscard]] bool asks(RingMember& core) const {
    core.handle_timeout(pool_.now);
    return core.poll_registry_request(pool_.now).has_value();
  }
};

TEST_F(RingNewcomerWithoutLink, NothingIsAskedUntilItIsBackAndThenWithAllPatience) {
  RingMember core = begin();
  core.handle_carrier(pool_.now, false);
  EXPECT_FALSE(asks(core));
  pool_.now += limits::carrier_patience - Duration{1};
  EXPECT_FALSE(asks(core));
  EXPECT_FALSE(core.start_error());
  core.handle_carrier(pool_.now, true);
  EXPECT_TRUE(asks(core));
  pool_.now += limits::introduction_patience - Duration{1};
  Server other = stranger();
  other.name = "s1";
  core.handle_registry_reply(pool_.now,
                             BesideReply{.known = false, .beside = BuddyRow{.server = other, .epoch = 1}, .next = {}});
  EXPECT_TRUE(core.poll_replace_order(pool_.now)) << "announced without being introduced";
}

TEST_F(RingNewcomerWithoutLink, AStartThatWaitsTooLongFails) {
  RingMember core = begin();
  core.handle_carrier(pool_.now, false);
  pool_.now += limits::carrier_patience;
  EXPECT_FALSE(asks(core));
  ASSERT_TRUE(core.start_error());
  EXPECT_EQ(core.start_error()->kind, ErrorKind::no_carrier);
}

TEST_F(RingNewcomerWithoutLink, WhoWaitsForItsServiceHasTimeUntilThatIsThere) {
  RingMember core = begin();
  core.handle_service(pool_.now, false);
  core.handle_carrier(pool_.now, false);
  pool_.now += 2 * limits::carrier_patience;
  EXPECT_FALSE(asks(core));
  EXPECT_FALSE(core.start_error());
  core.handle_service(pool_.now, true);
  EXPECT_FALSE(asks(core));
  EXPECT_FALSE(core.start_error());
}

TEST_F(RingNewcomerWithoutLink, WhatWasAskedBeforeAndFailedIsAskedAgain) {
  RingMember core = begin();
  EXPECT_TRUE(asks(core));
  pool_.now += Duration{1};
  core.handle_carrier(pool_.now, false);
  core.handle_carrier(pool_.now, true);
  core.handle_registry_reply(pool_.now, Error{ErrorKind::unreachable, "lost"});
  EXPECT_FALSE(core.start_error());
  pool_.now += limits::registry_backoff_first;
  EXPECT_TRUE(asks(core));
  core.handle_registry_reply(pool_.now, Error{ErrorKind::unreachable, "lost"});
  EXPECT_TRUE(core.start_error()) << "that was not for want of a link";
}

TEST_F(RingNewcomerWithoutLink, AMemberThatGoesOnIsNoStart) {
  RingMember core = begin(true);
  core.handle_carrier(pool_.now, false);
  pool_.now += 2 * limits::carrier_patience;
  core.handle_timeout(pool_.now);
  EXPECT_FALSE(core.start_error());
  EXPECT_EQ(core.state(), MemberState::member);
}

}  // namespace
}  // namespace buddyring
