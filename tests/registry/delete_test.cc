// SPDX-License-Identifier: Apache-2.0
// ServerDelete: once, for the right incarnation, with its evidence.
#include <algorithm>
#include <array>
#include <barrier>
#include <optional>
#include <set>
#include <thread>

#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

using Outcome = DeleteReply::Outcome;

class DeleteTest : public RegistryTest {};

TEST_F(DeleteTest, ASecondCallerIsToldAlreadyAndWhoItsBuddiesAre) {
  announce_all({"s1", "s2", "s3"});
  EXPECT_EQ(remove("s3", "s1").outcome, Outcome::deleted);
  const DeleteReply second = remove("s3", "s2");
  EXPECT_EQ(second.outcome, Outcome::already);
  EXPECT_FALSE(second.buddies[0] || second.buddies[1]);
  ASSERT_TRUE(second.own);
  EXPECT_EQ(second.own->buddy_a->server.name, "s1");
  EXPECT_EQ(second.own->buddy_b->server.name, "s1");
  EXPECT_EQ(*second.own, row("s2"));
}

TEST_F(DeleteTest, AlreadyForUnknownServersAndPools) {
  EXPECT_EQ(remove("s1", "s2").outcome, Outcome::already);
  announce("s2");
  const DeleteReply reply = remove("s1", "s2");
  EXPECT_EQ(reply.outcome, Outcome::already);
  ASSERT_TRUE(reply.own);
}

TEST_F(DeleteTest, AnAccuserOutsideTheTableGetsNoRow) {
  announce_all({"s1", "s2"});
  const DeleteReply reply = remove("s1", "operator@host");
  EXPECT_EQ(reply.outcome, Outcome::deleted);
  EXPECT_FALSE(reply.own);
}

TEST_F(DeleteTest, LeavesAnotherIncarnationAlone) {
  announce_all({"s1", "s2"});
  const Incarnation seen = row("s2").incarnation;
  announce("s2");
  const DeleteReply late = remove("s2", "s1", seen);
  EXPECT_EQ(late.outcome, Outcome::superseded);
  EXPECT_EQ(ring().size(), 2U);
  ASSERT_TRUE(late.own);
  EXPECT_EQ(late.own->buddy_a->server.incarnation, row("s2").incarnation);
  EXPECT_EQ(remove("s2", "s1", row("s2").incarnation).outcome, Outcome::deleted);
}

TEST_F(DeleteTest, ANextLifeIsAboveTheLastInIncarnationAndEpoch) {
  announce_all({"s1", "s2", "s3"});
  const OwnRow before = row("s1");
  remove("s1", "s2");
  const AnnounceReply again = announce("s1");
  EXPECT_FALSE(again.rejoined);
  EXPECT_GT(again.own.incarnation, before.incarnation);
  EXPECT_GT(again.own.epoch, before.epoch);
  EXPECT_EQ(remove("s1", "s2", before.incarnation).outcome, Outcome::superseded);
}

TEST_F(DeleteTest, OnlyABuddyCanPronounceDead) {
  announce_all({"s1", "s2", "s3", "s4"});
  const OwnRow victim = row("s4");
  const std::set<std::string> buddies{victim.buddy_a->server.name, victim.buddy_b->server.name};
  for (const char* accuser : {"s1", "s2", "s3", "nobody"}) {
    if (!buddies.contains(accuser)) {
      const auto reply = client().remove(pool(), {.server = "s4",
                                                  .incarnation = victim.incarnation,
                                                  .accuser = accuser,
                                                  .reason = DeleteReason::dead,
                                                  .evidence = {},
                                                  .word = WitnessWord::closed});
      ASSERT_TRUE(reply);
      EXPECT_EQ(reply.value().outcome, Outcome::not_buddy) << accuser;
      EXPECT_EQ(reply.value().own.has_value(), accuser != std::string("nobody"));
    }
  }
  EXPECT_EQ(row("s4"), victim);
  remove("s4", "an operator");
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

TEST_F(DeleteTest, IsOfAnIncarnationOrOfAnyButNotOfNone) {
  announce("s1");
  std::string refused;
  try {
    sql("CALL ServerDelete('$POOL', 's1', NULL, 'x', 'left', 0, 0, 0, '', '', '', '')");
  } catch (const std::runtime_error& error) {
    refused = error.what();
  }
  EXPECT_NE(refused.find("the incarnation must be a number"), std::string::npos) << refused;
  EXPECT_EQ(row("s1").epoch, 1U);
}

TEST_F(DeleteTest, WhereTheRingIsBrokenNothingIsChanged) {
  make_table_5(4);  // 1 has the buddies 4 and 2
  const auto table = [this] {
    return sql("SELECT name, slot, epoch, buddy_a, buddy_b FROM server WHERE pool_id = $ID ORDER BY name");
  };
  const auto whole = table();
  for (const char* const change : {"SET buddy_a = 's2', buddy_b = 's2' WHERE name = 's1' AND pool_id = $ID",
                                   "SET buddy_a = 's4', buddy_b = 's3' WHERE name = 's2' AND pool_id = $ID",
                                   "SET buddy_a = NULL WHERE name = 's1' AND pool_id = $ID"}) {
    sql(std::string("UPDATE server ") + change);
    const auto broken = table();
    ASSERT_NE(broken, whole) << change;
    const auto reply = client().remove(
        pool(), {.server = "s1", .incarnation = 0, .accuser = "s2", .reason = DeleteReason::left, .evidence = {}});
    ASSERT_FALSE(reply) << change;
    EXPECT_NE(reply.error().message.find("the ring is broken"), std::string::npos) << reply.error().message;
    EXPECT_EQ(table(), broken) << change;
    for (const auto& row : whole) {
      sql("UPDATE server SET buddy_a = '" + row[3] + "', buddy_b = '" + row[4] + "' WHERE pool_id = $ID AND name = '" +
          row[0] + "'");
    }
    ASSERT_EQ(table(), whole) << change;
  }
}

// s2 and s3 have s1 twice each, as in a pool of two, which the pool's row says it is.
TEST_F(DeleteTest, ThreeAreNotTwo) {
  announce_all({"s1", "s2", "s3"});
  sql("UPDATE server SET buddy_a = IF(name = 's1', 's2', 's1'), buddy_b = IF(name = 's1', 's3', 's1') "
      "WHERE pool_id = $ID");
  sql("UPDATE pool SET size = 2 WHERE name = '$POOL'");
  const auto before = sql("SELECT * FROM server WHERE pool_id = $ID");
  const auto reply =
      client().remove(pool(), {.server = "s1", .accuser = "olga", .reason = DeleteReason::removed, .evidence = {}});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::conflict);
  EXPECT_EQ(sql("SELECT * FROM server WHERE pool_id = $ID"), before);
}

// The highest that may be proposed, and the one that the next life gets.
TEST_F(DeleteTest, TakesTheHighestIncarnations) {
  announce_all({"s2", "s3"});
  Server server = make_server("s1");
  server.incarnation = (uint64_t{1} << 63) - 1;
  for (const Incarnation incarnation : {server.incarnation, server.incarnation + 1}) {
    ASSERT_EQ(client().announce(pool(), {server}).value().own.incarnation, incarnation);
    EXPECT_EQ(remove("s1", "s1", incarnation).outcome, Outcome::deleted);
  }
}

TEST_F(DeleteTest, OneAloneIsPronouncedDeadByNobody) {
  announce("s1");
  const auto reply = client().remove(pool(), {.server = "s1",
                                              .incarnation = row("s1").incarnation,
                                              .accuser = "s9",
                                              .reason = DeleteReason::dead,
                                              .evidence = {},
                                              .word = WitnessWord::closed});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply.value().outcome, Outcome::not_buddy);
}

TEST_F(DeleteTest, MovesTheLastServerIntoTheGap) {
  announce_all({"s1", "s2", "s3", "s4"});
  remove("s2");
  const auto slots = sql("SELECT slot, name FROM server WHERE pool_id = $ID ORDER BY slot");
  EXPECT_EQ(slots, (lab::MariaDb::Rows{{"1", "s1"}, {"2", "s4"}, {"3", "s3"}}));
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

TEST_F(DeleteTest, WritesTheEvidenceOnce) {
  announce_all({"s1", "s2"});
  DeleteRequest request = verdict("s1", {"s2"});
  request.evidence = {
      .last_answer_ns = 18'000'000'000'000'000'000U, .verdict_ns = 77, .misses = 3, .detail = "it's PLAIN; --"};
  ASSERT_EQ(client().remove(pool(), request).value().outcome, Outcome::deleted);
  ASSERT_EQ(client().remove(pool(), request).value().outcome, Outcome::already);
  const auto rows =
      sql("SELECT event, server, address, incarnation, accuser, reason, last_answer_ns, verdict_ns, misses, detail "
          "FROM audit WHERE pool = '$POOL' AND event = 'deleted'");
  EXPECT_EQ(rows, (lab::MariaDb::Rows{{"deleted", "s2", "10.0.0.2", std::to_string(request.incarnation), "s1", "dead",
                                       "18000000000000000000", "77", "3", "it's PLAIN; --"}}));
}

TEST_F(DeleteTest, AnOverlongDetailIsCutNotRefused) {
  announce("s1");
  ASSERT_TRUE(client().remove(
      pool(), {.server = "s1",
               .incarnation = 0,
               .accuser = "s1",
               .reason = DeleteReason::left,
               .evidence = {.last_answer_ns = 0, .verdict_ns = 0, .misses = 0, .detail = std::string(5000, 'x')}}));
  EXPECT_EQ(sql("SELECT LENGTH(detail) FROM audit WHERE pool = '$POOL' AND event = 'deleted'")[0][0], "255");
}

TEST_F(DeleteTest, AuditListIsNewestFirstAndLimited) {
  announce_all({"s1", "s2"});
  announce("s2");
  remove("s2", "s1");
  const auto events = [&](const std::string& server, unsigned limit) {
    std::vector<std::string> found;
    for (const auto& row : sql("CALL AuditList('$POOL', '" + server + "', " + std::to_string(limit) + ")")) {
      found.push_back(row[2] + " " + row[3]);
    }
    return found;
  };
  EXPECT_EQ(events("", 10), (std::vector<std::string>{"deleted s2", "rejoined s2", "announced s2", "announced s1"}));
  EXPECT_EQ(events("s1", 10), (std::vector<std::string>{"announced s1"}));
  EXPECT_EQ(events("", 1), (std::vector<std::string>{"deleted s2"}));
}

TEST_F(DeleteTest, EventsAreTheAuditWithoutTheReasonsOfOperators) {
  announce_all({"s1", "s2"});
  ASSERT_TRUE(client().drain(pool(), {.server = "s2", .by = "olga", .why = "none of yours"}, true));
  const auto events = client().events(pool(), 2);
  ASSERT_TRUE(events) << events.error().message;
  ASSERT_EQ(events.value().size(), 2U);
  EXPECT_EQ(events.value()[0].event, "drained");
  EXPECT_EQ(events.value()[0].accuser, "olga");
  EXPECT_EQ(events.value()[0].detail + events.value()[0].account, "");
  EXPECT_EQ(events.value()[1].server, "s2");
  const auto others = client().events("another", 2);
  ASSERT_TRUE(others) << others.error().message;
  EXPECT_TRUE(others.value().empty());
}

// Whoever was announced last is only probably in the last slot.
TEST_F(DeleteTest, SlotsStayWithoutAGapWhoeverIsTheNewest) {
  for (const std::string newest : {"", "nobody", "s1", "s2", "s3", "s4", "s5"}) {
    announce_all({"s1", "s2", "s3", "s4", "s5"});
    sql("UPDATE pool SET newest = '" + newest + "' WHERE name = '$POOL'");
    for (const char* const server : {"s2", "s3", "s5", "s1", "s4"}) {
      EXPECT_EQ(remove(server).outcome, Outcome::deleted);
      ASSERT_EQ(violations(), std::vector<std::string>{}) << "newest " << newest << ", without " << server;
    }
  }
}

TEST_F(DeleteTest, ABrokenRingIsNotMadeWorse) {
  // s2 does not know s3, or nobody else.
  for (const std::string wrong : {"s1", "s3"}) {
    announce_all({"s1", "s2", "s3"});
    sql("UPDATE server SET buddy_a = '" + wrong + "', buddy_b = '" + wrong + "' WHERE pool_id = $ID AND name = 's2'");
    const auto before = sql("SELECT * FROM server WHERE pool_id = $ID ORDER BY name");
    const auto reply = client().remove(pool(), verdict("s1", {"s3"}, "s2"));
    ASSERT_FALSE(reply) << wrong;
    EXPECT_EQ(reply.error().kind, ErrorKind::conflict);
    EXPECT_NE(reply.error().message.find("buddyctl verify"), std::string::npos);
    EXPECT_EQ(sql("SELECT * FROM server WHERE pool_id = $ID ORDER BY name"), before);
  }
}

TEST_F(DeleteTest, OfTwoDiscoverersAtOnceOneDeletes) {
  for (unsigned round = 0; round < 20; ++round) {
    announce_all({"s1", "s2", "s3", "s4"});
    const OwnRow dead = row("s4");
    const std::array<std::string, 2> accusers{dead.buddy_a->server.name, dead.buddy_b->server.name};
    std::array<std::unique_ptr<RegistryClient>, 2> clients{new_client(), new_client()};
    std::array<std::optional<Result<DeleteReply>>, 2> results;
    std::barrier both(2);
    std::array<std::thread, 2> threads;
    for (size_t i = 0; i < threads.size(); ++i) {
      ASSERT_TRUE(clients[i]->connect());
      threads[i] = std::thread([&, i] {
        both.arrive_and_wait();
        results[i] = clients[i]->remove(pool(), {.server = "s4",
                                                 .incarnation = dead.incarnation,
                                                 .accuser = accusers[i],
                                                 .reason = DeleteReason::dead,
                                                 .evidence = {},
                                                 .witness = accusers[1 - i],
                                                 .word = WitnessWord::concurs});
      });
    }
    for (auto& thread : threads) {
      thread.join();
    }
    ASSERT_TRUE(results[0]->ok() && results[1]->ok());
    const std::array<DeleteReply, 2> replies{results[0]->value(), results[1]->value()};
    const size_t winner = replies[0].outcome == Outcome::deleted ? 0 : 1;
    EXPECT_EQ(replies[winner].outcome, Outcome::deleted);
    EXPECT_EQ(replies[1 - winner].outcome, Outcome::already);
    for (size_t i = 0; i < replies.size(); ++i) {
      EXPECT_EQ(replies[i].own, row(accusers[i]));
      EXPECT_EQ(replies[winner].buddies[i]->server.name, accusers[i]);
    }
    ASSERT_EQ(violations(), std::vector<std::string>{});
  }
  EXPECT_EQ(sql("SELECT COUNT(*) FROM audit WHERE pool = '$POOL' AND event = 'deleted'")[0][0], "20");
}

}  // namespace
}  // namespace buddyring
