// SPDX-License-Identifier: Apache-2.0
// What calls of one session owe each other: nothing, though they keep what they find in its
// variables; and what sessions are like that are not the client's.
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

using Outcome = DeleteReply::Outcome;

class SessionTest : public RegistryTest {
 protected:
  // How sql_all() fails, or "".
  std::string failure_of(std::vector<std::string> statements) {
    try {
      sql_all(std::move(statements));
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(SessionTest, ANewPoolIsNotTakenForTheOneBefore) {
  announce_all({"s1", "s2", "s3"});
  remove("s3");
  const Ring before = ring();
  const std::string other = pool() + ".other";
  const auto reply = client().announce(other, {make_server("s3")});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_FALSE(reply.value().own.buddy_a || reply.value().own.buddy_b);
  EXPECT_EQ(reply.value().ring_servers, 1U);
  EXPECT_EQ(ring(), before);
  EXPECT_EQ(client().list(other).value().servers.size(), 1U);
}

TEST_F(SessionTest, AnUnknownPoolIsNotTakenForTheOneBefore) {
  announce_all({"s1", "s2", "s3"});
  EXPECT_EQ(remove("s3").outcome, Outcome::deleted);
  const Ring before = ring();
  for (const DeleteReason reason : {DeleteReason::left, DeleteReason::removed, DeleteReason::dead}) {
    const auto reply = client().remove(pool() + ".other", {.server = "s1",
                                                           .incarnation = 1,
                                                           .accuser = "s2",
                                                           .reason = reason,
                                                           .evidence = {},
                                                           .word = WitnessWord::closed});
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply.value().outcome, Outcome::already);
    EXPECT_FALSE(reply.value().own);
  }
  EXPECT_EQ(ring(), before);
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

// Nor is who was there when a server went the buddy of the next that goes.
TEST_F(SessionTest, TheLastThatGoesHasNoBuddies) {
  announce_all({"s1", "s2", "s3"});
  EXPECT_NE(remove("s3").buddies[0], std::nullopt);
  const DeleteReply second = remove("s2");
  ASSERT_TRUE(second.buddies[0]);
  EXPECT_EQ(second.buddies[0], second.buddies[1]);
  const DeleteReply last = remove("s1");
  EXPECT_EQ(last.outcome, Outcome::deleted);
  EXPECT_FALSE(last.buddies[0] || last.buddies[1]);
}

// A known server is announced, and a server removed, by another way than all else. A session of version 2 reads sets.
TEST_F(SessionTest, OfVersion2GetsRowSetsOfTheUsualToo) {
  announce_all({"s1", "s2", "s3", "s4"});
  Connection connection(database().url(agent_user, registry_database), agent_password);
  ASSERT_TRUE(std::holds_alternative<Done>(connection.open()));
  ASSERT_TRUE(std::holds_alternative<Done>(connection.execute("SET @buddyring_version = NULL")));
  const std::string none;
  const uint64_t zero = 0;
  const auto gone = connection.call("ServerDelete", {pool(), std::string("s2"), zero, std::string("olga"),
                                                     std::string("removed"), zero, zero, zero, none, none, none, none});
  const auto back = connection.call(
      "ServerAnnounce", {pool(), std::string("s2"), std::string("10.0.0.2"), uint64_t{7946}, uint64_t{1}, none});
  for (const auto* const answer : {&gone, &back}) {
    const auto* const sets = std::get_if<std::vector<ResultSet>>(answer);
    ASSERT_NE(sets, nullptr);
    ASSERT_EQ(sets->size(), 2U);
    EXPECT_EQ(sets->at(0).columns, std::vector<std::string>{"outcome"});
    EXPECT_EQ(sets->at(1).columns.at(0), "role");
  }
}

TEST_F(SessionTest, WithoutAutocommitIsInNoTransactionAfterwards) {
  announce_all({"s1", "s2"});
  const std::string call = "CALL ServerDelete('$POOL', 's9', 0, 's1', 'left', 0, 0, 0, '', '', '', '')";
  EXPECT_EQ(failure_of({"SET autocommit = 0", call, call}), "");
}

// Names that differ by blanks behind them are equal to the database.
TEST_F(SessionTest, AnAccusersNameIsAsTheTableHasIt) {
  make_table_5(5);
  EXPECT_EQ(failure_of({"SET @buddyring_version = 4",
                        "CALL ServerDelete('$POOL', 's1', 1, 's2 ', 'dead', 0, 0, 0, '', 's5=1', 's4', 'concurs')"}),
            "");
  EXPECT_EQ(ring(), (Ring{{"s2", {"s3", "s4"}}, {"s3", {"s4", "s2"}}, {"s4", {"s2", "s3"}}}));
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

TEST_F(SessionTest, OnlyANameAtAnotherAddressIsRefusedForIt) {
  announce_all({"s1", "s2"});
  remove("s2");
  // The audit's key is taken, not the server's.
  const std::string failure = failure_of({"SET @buddyring_version = 4, insert_id = (SELECT MIN(id) FROM audit)",
                                          "CALL ServerAnnounce('$POOL', 's2', '10.0.0.2', 1, 1, '')"});
  EXPECT_NE(failure.find("Duplicate entry"), std::string::npos) << failure;
  EXPECT_EQ(announce("s2").own.buddy_a->server.name, "s1");
}

TEST_F(SessionTest, NamesAreNotNull) {
  announce_all({"s1", "s2"});
  const std::string failure = failure_of({"CALL ServerAnnounce('$POOL', NULL, '10.0.0.2', 1, 1, '')"});
  EXPECT_NE(failure.find("a server's name must be"), std::string::npos) << failure;
}

}  // namespace
}  // namespace buddyring
