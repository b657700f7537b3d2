// SPDX-License-Identifier: Apache-2.0
// The ring as a whole, in memory: the production core of each member, a model
// of the table, and faults on demand.
#include "core/ring_member.h"

#include "tests/unit/ring_fixture.h"

namespace buddyring {
namespace {

class RingMemberTest : public RingTest {};

TEST_F(RingMemberTest, ServersJoinOneByOne) {
  for (int i = 1; i <= 8; ++i) {
    pool_.start("s" + std::to_string(i));
    pool_.step();
    expect_whole(static_cast<size_t>(i));
  }
  EXPECT_FALSE(pool_["s1"].core->buddies().a()->name.empty());
}

TEST_F(RingMemberTest, AloneThereAreNoBuddiesAndOfTwoEachIsTheOthersTwice) {
  start(1);
  EXPECT_FALSE(pool_["s1"].core->buddies().a());
  start(2);
  EXPECT_EQ(pool_["s1"].core->buddies().a()->name, "s2");
  EXPECT_EQ(pool_["s1"].core->buddies().b()->name, "s2");
}

TEST_F(RingMemberTest, ADeadServerIsDeletedOnceAndTheRingCloses) {
  start(5);
  pool_["s3"].up = false;
  pool_.step(3);
  EXPECT_EQ(pool_.table.size(), 5U) << "not before the limit";
  pool_.step(2);
  expect_whole(4);
  size_t deleted = 0;
  for (const char* name : {"s1", "s2", "s4", "s5"}) {
    deleted += ModelPool::count(pool_[name], EventKind::deleted, "deleted");
  }
  EXPECT_EQ(deleted, 1U);
}

// Its own policy, in its answers: both buddies see the same, so nobody disputes.
TEST_F(RingMemberTest, AStaleLeaseThatIsToBeKeptIsToldOfAndNoDeath) {
  start(5);
  const auto row = *pool_.table.find("s3");
  auto& hung = pool_["s3"];
  hung.agent_runs = false;
  hung.lease_fresh = false;
  hung.keep_stale = true;
  pool_.step(50);
  expect_whole(5);
  for (const std::string& buddy : {row.a, row.b}) {
    EXPECT_EQ(ModelPool::count(pool_[buddy], EventKind::suspect), 0U);
    EXPECT_EQ(ModelPool::count(pool_[buddy], EventKind::answers_as, describe(AnswerClass::stale_kept)), 1U) << "once";
  }
  hung.agent_runs = true;
  hung.lease_fresh = true;
  pool_.step(2);
  for (const std::string& buddy : {row.a, row.b}) {
    EXPECT_EQ(ModelPool::count(pool_[buddy], EventKind::answers_as, describe(AnswerClass::live)), 1U);
  }
  // What is kept is not kept for ever: silence is still death.
  hung.up = false;
  pool_.step(6);
  expect_whole(4);
}

TEST_F(RingMemberTest, TheDiscovererTellsTheDeadServersOtherBuddy) {
  start(5);
  const auto dead = *pool_.table.find("s3");
  pool_["s3"].up = false;
  const auto deletions = [&](const std::string& name) {
    return ModelPool::count(pool_[name], EventKind::deleted, "deleted");
  };
  for (int i = 0; i < 10 && deletions(dead.a) + deletions(dead.b) == 0; ++i) {
    pool_.step();
  }
  const auto& [discoverer, other] = deletions(dead.a) == 1 ? std::pair(dead.a, dead.b) : std::pair(dead.b, dead.a);
  EXPECT_GE(ModelPool::count(pool_[discoverer], EventKind::replace_sent, "applied"), 1U);
  EXPECT_EQ(ModelPool::count(pool_[other], EventKind::deleted), 0U) << "it knows from the message alone";
  EXPECT_TRUE(pool_[other].core->buddies().contains(discoverer));
  EXPECT_FALSE(pool_[other].core->buddies().contains("s3"));
}

TEST_F(RingMemberTest, ACutBetweenTwoServersDeletesNobody) {
  for (const int servers : {2, 3, 4, 9}) {
    ModelPool fresh;
    std::swap(pool_, fresh);
    start(servers);
    const std::string buddy = pool_.table.find("s1")->a;
    pool_.cut = {{"s1", buddy}, {buddy, "s1"}};
    pool_.step(1000);
    expect_whole(static_cast<size_t>(servers));
    EXPECT_GE(pool_["s1"].core->counters().verdicts, 1U) << servers;
    EXPECT_EQ(pool_["s1"].core->is_contested(buddy), servers > 2) << servers;
    pool_[buddy].up = false;
    pool_.step(static_cast<int>((limits::mark_window + limits::refused_pause) / ModelPool::interval) + 10);
    expect_whole(static_cast<size_t>(servers) - 1);
  }
}

TEST_F(RingMemberTest, AVerdictToBeRevalidatedIsAskedForAgainOnlyAfterOneMoreMiss) {
  pool_.start("s1");
  pool_.start("s2");
  pool_.step(2);
  pool_["s2"].up = false;
  pool_.replies_revalidate = true;
  pool_.step(5);  // one more than the verdict takes, as there is no witness
  RingMember& core = *pool_["s1"].core;
  ASSERT_GE(core.counters().verdicts, 1U);
  EXPECT_EQ(core.watches().in(0)->detector.state(), BuddyState::suspect) << "in doubt";
  EXPECT_FALSE(core.poll_registry_request(pool_.now));
  pool_.replies_revalidate = false;
  pool_.step(2);
  EXPECT_EQ(pool_.table.size(), 1U);
}

TEST_F(RingMemberTest, AnyTwoDeathsHeal) {
  for (const char* other : {"s1", "s2", "s4", "s5", "s6"}) {
    ModelPool fresh;
    std::swap(pool_, fresh);
    start(6);
    pool_["s3"].up = false;
    pool_[other].up = false;
    pool_.step(20);
    expect_whole(4);
  }
}

TEST_F(RingMemberTest, DownToOneAndUpAgain) {
  start(3);
  pool_["s2"].up = false;
  pool_.step(6);
  expect_whole(2);
  pool_["s3"].up = false;
  pool_.step(6);
  expect_whole(1);
  EXPECT_FALSE(pool_["s1"].core->buddies().a());
  pool_.start("s2");
  pool_.step(2);
  expect_whole(2);
}

TEST_F(RingMemberTest, ALeaverTellsBothBuddiesAndNobodyCallsItDead) {
  start(5);
  pool_["s2"].core->handle_stop(pool_.now);
  pool_.step(2);
  EXPECT_EQ(pool_["s2"].core->state(), MemberState::gone);
  EXPECT_TRUE(pool_["s2"].core->left_in_order());
  pool_["s2"].up = false;
  pool_.step(10);
  expect_whole(4);
  for (const char* name : {"s1", "s3", "s4", "s5"}) {
    EXPECT_EQ(pool_[name].core->counters().verdicts, 0U);
  }
}

TEST_F(RingMemberTest, TheLastOneLeavesAnEmptyTable) {
  start(2);
  pool_["s1"].core->handle_stop(pool_.now);
  pool_.step(2);
  expect_whole(1);
  pool_["s2"].core->handle_stop(pool_.now);
  pool_.step(2);
  EXPECT_EQ(pool_.table.size(), 0U);
}

TEST_F(RingMemberTest, ARestartKeepsItsPlaceUnderANewIncarnation) {
  start(4);
  const Incarnation before = pool_["s2"].core->self().incarnation;
  pool_["s2"].up = false;
  pool_.step(2);
  pool_.start("s2");
  pool_.step(6);
  EXPECT_GT(pool_["s2"].core->self().incarnation, before);
  expect_whole(4);
  for (const char* name : {"s1", "s3", "s4"}) {
    EXPECT_EQ(pool_[name].core->counters().verdicts, 0U) << name;
  }
}

TEST_F(RingMemberTest, AMemberThatResumesKeepsItsIncarnationAndTellsNobody) {
  start(4);
  const ModelTable::Row before = *pool_.table.find("s2");
  pool_.start("s2", before.server.incarnation);
  EXPECT_EQ(pool_["s2"].core->state(), MemberState::member);
  pool_.step(6);
  EXPECT_TRUE(pool_["s2"].core->knows_row());
  EXPECT_EQ(pool_.table.find("s2")->server.incarnation, before.server.incarnation);
  EXPECT_EQ(pool_.table.find("s2")->epoch, before.epoch);
  EXPECT_EQ(ModelPool::count(pool_["s2"], EventKind::announced), 0U);
  expect_whole(4);
}

TEST_F(RingMemberTest, AMemberThatResumesWithoutTheRegistryWaitsForIt) {
  start(3);
  const Incarnation incarnation = pool_["s2"].core->self().incarnation;
  pool_.registry_up = false;
  pool_.start("s2", incarnation);
  pool_.step(50);
  EXPECT_EQ(pool_["s2"].core->state(), MemberState::member);
  EXPECT_FALSE(pool_["s2"].core->knows_row());
  pool_.registry_up = true;
  pool_.step(200);
  EXPECT_TRUE(pool_["s2"].core->knows_row());
  expect_whole(3);
}

TEST_F(RingMemberTest, AMemberThatWasDeletedMeanwhileAnnouncesItselfInsteadOfResuming) {
  start(4);
  const Incarnation before = pool_["s2"].core->self().incarnation;
  pool_["s2"].up = false;
  pool_.step(10);
  ASSERT_EQ(pool_.table.find("s2"), nullptr);
  pool_.start("s2", before);
  pool_.step(50);
  EXPECT_GT(pool_["s2"].core->self().incarnation, before);
  expect_whole(4);
}

TEST_F(RingMemberTest, WhoseServiceIsGoneTakesItselfOutAndComesBackWithIt) {
  start(5);
  const Incarnation before = pool_["s2"].core->self().incarnation;
  pool_["s2"].core->handle_service(pool_.now, false);
  pool_.step(2);
  EXPECT_EQ(pool_["s2"].core->state(), MemberState::joining);
  EXPECT_EQ(pool_.table.find("s2"), nullptr);
  expect_whole(4);
  pool_.step(300);
  EXPECT_EQ(pool_.table.find("s2"), nullptr) << "it has nothing to announce";
  for (const char* name : {"s1", "s3", "s4", "s5"}) {
    EXPECT_EQ(pool_[name].core->counters().verdicts, 0U) << name;
  }
  pool_["s2"].core->handle_service(pool_.now, true);
  pool_.step(50);
  EXPECT_GT(pool_["s2"].core->self().incarnation, before);
  expect_whole(5);
}

TEST_F(RingMemberTest, WhoResumesWithoutItsServiceKnowsItsRowOnceItIsAnnouncedAgain) {
  start(4);
  const Incarnation before = pool_["s2"].core->self().incarnation;
  pool_.registry_up = false;
  pool_.start("s2", before);
  pool_["s2"].core->handle_service(pool_.now, false);
  EXPECT_FALSE(pool_["s2"].core->knows_row());
  pool_.registry_up = true;
  pool_.step(100);
  EXPECT_EQ(pool_.table.find("s2"), nullptr);
  pool_["s2"].core->handle_service(pool_.now, true);
  pool_.step(50);
  EXPECT_GT(pool_["s2"].core->self().incarnation, before);
  EXPECT_TRUE(pool_["s2"].core->knows_row());
  expect_whole(4);
}

TEST_F(RingMemberTest, WhoseServiceIsGoneLeavesInOrderAllTheSame) {
  start(3);
  pool_["s2"].core->handle_service(pool_.now, false);
  pool_.step(2);
  pool_["s2"].core->handle_stop(pool_.now);
  pool_.step(2);
  EXPECT_EQ(pool_["s2"].core->state(), MemberState::gone);
  EXPECT_TRUE(pool_["s2"].core->left_in_order());
}

TEST_F(RingMemberTest, AHungAgentIsFoundByItsLease) {
  start(4);
  pool_["s3"].agent_runs = false;
  pool_.step(10);
  EXPECT_EQ(pool_.table.size(), 4U) << "the lease still vouches";
  pool_["s3"].lease_fresh = false;
  pool_.step(6);
  EXPECT_EQ(pool_.table.size(), 3U);
}

TEST_F(RingMemberTest, WithoutCarrierNobodyIsAccused) {
  start(4);
  for (const char* other : {"s1", "s3", "s4"}) {
    pool_.cut.insert({"s2", other});
  }
  pool_["s2"].core->handle_carrier(pool_.now, false);
  pool_.step(20);
  EXPECT_EQ(pool_["s2"].core->counters().verdicts, 0U);
}

TEST_F(RingMemberTest, AServerThatHearsNobodyAccusesNobody) {
  // Its carrier is up, but the switch does not forward, and the registry is away too.
  start(5);
  for (const char* other : {"s1", "s3", "s4", "s5"}) {
    pool_.cut.insert({"s2", other});
  }
  pool_.registry_up = false;
  pool_.step(20);
  EXPECT_EQ(pool_["s2"].core->counters().verdicts, 0U);
  pool_.registry_up = true;
  pool_.cut.clear();
  pool_.step(150);
  EXPECT_EQ(pool_["s2"].core->counters().verdicts, 0U);
  EXPECT_EQ(pool_.table.size(), 5U);
}

TEST_F(RingMemberTest, CutOffFromTheRingAloneItDeletesNoMoreThanWhomItKnew) {
  // The registry is on another network, so it goes on answering. Those that fall come
  // back, although the one that is left hears nobody: it doubts its own ears.
  start(8);
  for (int i = 2; i <= 8; ++i) {
    pool_.cut.insert({"s1", "s" + std::to_string(i)});
  }
  pool_.lose_replaces = true;
  pool_.step(200 + static_cast<int>(limits::introduction_patience / ModelPool::interval));
  EXPECT_GE(pool_.table.size(), 6U);
  pool_.lose_replaces = false;
  pool_.cut.clear();
  pool_.step(200);
  expect_whole(8);
}

TEST_F(RingMemberTest, ANewBuddyIsGivenTheTimeThatALostQuestionForItsNeighbourTakes) {
  for (const bool dies : {false, true}) {
    ModelPool fresh;
    std::swap(pool_, fresh);
    start(4);
    const auto [one, other] = std::pair(pool_.table.find("s3")->a, pool_.table.find("s3")->b);
    pool_.unresolved = {{one, other}, {other, one}};
    pool_["s3"].core->handle_stop(pool_.now);
    pool_.step(2);
    pool_[other].up = !dies;
    pool_.step(static_cast<int>(std::chrono::seconds{1} / ModelPool::interval));
    if (!dies) {
      pool_.unresolved.clear();
    }
    pool_.step(static_cast<int>(limits::carrier_grace / ModelPool::interval) + 10);
    // One that is never resolved is dead all the same, somewhat later.
    expect_whole(dies ? 2 : 3);
    EXPECT_EQ(pool_[one].core->counters().verdicts > 0, dies);
  }
}

TEST_F(RingMemberTest, AloneItRereadsItsRowNowAndThen) {
  start(1);
  // Somebody joined, could not reach it, and took it for dead.
  static_cast<void>(pool_.table.remove(
      {.server = "s1", .incarnation = 0, .accuser = "s9", .reason = DeleteReason::removed, .evidence = {}}, pool_.now));
  pool_.step(static_cast<int>(limits::alone_reread / ModelPool::interval) + 20);
  expect_whole(1);
}

TEST_F(RingMemberTest, ARowWithOneBuddyIsSurvived) {
  start(3);
  ModelTable::Row* row = pool_.table.find("s1");
  row->b.clear();
  ++row->epoch;
  RingMember& core = *pool_["s1"].core;
  const ReplaceMessage doubt{.pool = "p",
                             .receiver = "s1",
                             .receiver_epoch = core.buddies().epoch() + 9,
                             .server_to_replace = "s2",
                             .replacement = core.self(),
                             .sender = "s2",
                             .sender_incarnation = 1};
  static_cast<void>(core.handle_message(pool_.now, doubt));
  pool_.step(5);
  EXPECT_FALSE(core.buddies().b());
}

TEST_F(RingMemberTest, TheLastOneAliveIsSureOnceTheRegistryAnswered) {
  start(3);
  pool_["s2"].up = false;
  pool_["s3"].up = false;
  pool_.step(4);
  EXPECT_EQ(pool_["s1"].core->counters().verdicts, 2U) << "and without delay";
  pool_.step(4);  // as nobody is left who could be asked
  expect_whole(1);
}

TEST_F(RingMemberTest, WhoIsNoBuddyAnyMoreHasNoSay) {
  start(5);
  // s2 was deleted while it was cut off, and wakes up accusing.
  const auto row = *pool_.table.find("s2");
  pool_.cut = {{row.a, "s2"}, {row.b, "s2"}};
  pool_["s2"].agent_runs = false;
  pool_.step(5);
  ASSERT_EQ(pool_.table.find("s2"), nullptr);
  pool_.cut = {{"s2", row.a}};
  pool_["s2"].agent_runs = true;
  pool_["s2"].uncounted_matters = false;
  pool_.step(6);
  EXPECT_EQ(ModelPool::count(pool_["s2"], EventKind::removed), 1U);
  EXPECT_EQ(ModelPool::count(pool_["s2"], EventKind::deleted), 0U);
  EXPECT_NE(pool_.table.find(row.a), nullptr);
  pool_.cut.clear();
  pool_.step(60);
  expect_whole(5);
}

TEST_F(RingMemberTest, ALinkThatIsJustBackIsGivenGraceUntilTheBuddyIsHeard) {
  start(4);
  for (const char* other : {"s1", "s3", "s4"}) {
    pool_.cut.insert({"s2", other});
  }
  RingMember& core = *pool_["s2"].core;
  core.handle_carrier(pool_.now, false);
  pool_.step(2);
  core.handle_carrier(pool_.now, true);
  // The registry is heard at once, the buddies not yet.
  const int grace = static_cast<int>(limits::carrier_grace / ModelPool::interval);
  pool_.step(grace - 5);
  EXPECT_EQ(core.counters().verdicts, 0U);
  pool_.step(20);
  EXPECT_GE(core.counters().verdicts, 2U) << "but not for ever";
}

TEST_F(RingMemberTest, NothingIsSentIntoADeadLink) {
  start(2);
  RingMember& core = *pool_["s1"].core;
  core.handle_carrier(pool_.now, false);
  core.handle_timeout(pool_.now + ModelPool::interval);
  EXPECT_FALSE(core.poll_probe());
  core.handle_carrier(pool_.now, true);
  core.handle_timeout(pool_.now + 2 * ModelPool::interval);
  EXPECT_TRUE(core.poll_probe());
}

TEST_F(RingMemberTest, WhoseProbesFailIsNoWitness) {
  start(3);
  RingMember& core = *pool_["s1"].core;
  EXPECT_GT(core.word().until, pool_.now);
  for (int i = 0; i < 3; ++i) {
    for (unsigned slot = 0; slot < WatchSet::limit; ++slot) {
      core.handle_probe_failed(slot);
    }
    pool_.step();
  }
  EXPECT_LE(core.word().until, pool_.now);
}

TEST_F(RingMemberTest, AFailedFirstAnnounceIsTheStartersError) {
  pool_.registry_up = false;
  pool_.start("s1");
  ASSERT_TRUE(pool_["s1"].core->start_error());
  EXPECT_EQ(pool_["s1"].core->start_error()->kind, ErrorKind::unreachable);
}

TEST_F(RingMemberTest, ALeaveWithoutTheRegistryEndsInTime) {
  start(3);
  pool_.registry_up = false;
  pool_["s2"].core->handle_stop(pool_.now);
  pool_.step(static_cast<int>(limits::leave_timeout / ModelPool::interval) + 1);
  EXPECT_EQ(pool_["s2"].core->state(), MemberState::gone);
  EXPECT_FALSE(pool_["s2"].core->left_in_order());
}

TEST_F(RingMemberTest, RefusesWhatIsNotForIt) {
  start(2);
  RingMember& core = *pool_["s1"].core;
  ReplaceMessage message{.pool = "other",
                         .receiver = "s1",
                         .receiver_epoch = core.buddies().epoch() + 1,
                         .server_to_replace = "s2",
                         .replacement = {.name = "evil", .address = {}, .replace_port = 1, .incarnation = 1},
                         .sender = "evil",
                         .sender_incarnation = 1};
  EXPECT_EQ(core.handle_message(pool_.now, message).refusal, Refusal::wrong_pool);
  message.pool = "p";
  message.receiver = "s9";
  EXPECT_EQ(core.handle_message(pool_.now, message).refusal, Refusal::wrong_receiver);
  message.receiver = "s1";
  message.server_to_replace = "s9";
  EXPECT_EQ(core.handle_message(pool_.now, message).refusal, Refusal::mismatch);
  EXPECT_EQ(core.counters().replaces_refused, 3U);
  pool_.step();
  expect_whole(2);
}

TEST_F(RingMemberTest, SlotsAreReusedOverManyChanges) {
  start(3);
  for (int i = 0; i < 50; ++i) {
    const std::string name = "t" + std::to_string(i);
    pool_.start(name);
    pool_.step(2);
    expect_whole(4);
    pool_[name].core->handle_stop(pool_.now);
    pool_.step(2);
    pool_[name].up = false;
    expect_whole(3);
  }
}

}  // namespace
}  // namespace buddyring
