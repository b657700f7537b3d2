// SPDX-License-Identifier: Apache-2.0
// ServerBeyond: who is beyond a suspect, and the mark.
#include <thread>

#include "core/limits.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

using Names = std::vector<std::string>;

class BeyondTest : public RegistryTest {
 protected:
  BeyondReply beyond(const std::string& server, const std::string& suspect) {
    const auto reply = client().beyond(pool(), {.server = server, .suspect = suspect});
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? reply.value() : BeyondReply{};
  }
  Names names(const std::string& server, const std::string& suspect) {
    Names found;
    for (const auto& row : beyond(server, suspect).beyond) {
      found.push_back(row.row.server.name);
    }
    return found;
  }
  // By whom on the side of buddy A, and on the side of buddy B.
  Names marked_by(const std::string& server) {
    return sql("SELECT accused_by_a, accused_by_b FROM server WHERE pool_id = $ID AND name = '" + server + "'")[0];
  }
};

TEST_F(BeyondTest, OneAloneHasNobodyToSuspect) {
  make_table_5(1);
  const BeyondReply reply = beyond("s1", "s2");
  EXPECT_TRUE(reply.beyond.empty());
  EXPECT_EQ(reply.own, row("s1"));
  EXPECT_EQ(names("s1", "s1"), Names{});
  EXPECT_EQ(marked_by("s1"), (Names{"NULL", "NULL"}));
}

TEST_F(BeyondTest, OfTwoTheWayRoundEndsAtOnce) {
  make_table_5(2);
  const BeyondReply reply = beyond("s1", "s2");
  ASSERT_EQ(reply.beyond.size(), 1U);
  EXPECT_EQ(reply.beyond[0].row.server.name, "s1");
  EXPECT_FALSE(reply.beyond[0].faces_with_a);  // both are s2: B counts
  EXPECT_EQ(reply.own, row("s1"));
}

TEST_F(BeyondTest, OfThreeItIsTheThirdAndTheAsker) {
  make_table_5(3);
  EXPECT_EQ(names("s1", "s2"), (Names{"s3", "s1"}));
  EXPECT_EQ(names("s1", "s3"), (Names{"s2", "s1"}));
}

TEST_F(BeyondTest, OfTenItIsEight) {
  static_assert(limits::beyond_max == 8);
  make_table_5(10);
  EXPECT_EQ(names("s1", "s2"), (Names{"s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10"}));
  EXPECT_EQ(names("s1", "s10"), (Names{"s9", "s8", "s7", "s6", "s5", "s4", "s3", "s2"}));
}

TEST_F(BeyondTest, OfNineTheEighthIsTheAsker) {
  make_table_5(9);
  EXPECT_EQ(names("s1", "s2"), (Names{"s3", "s4", "s5", "s6", "s7", "s8", "s9", "s1"}));
}

TEST_F(BeyondTest, EachIsAsItsRowAndFacesTheOneBefore) {
  make_table_5(6);
  announce("s4");
  for (const char* const suspect : {"s2", "s6"}) {
    const BeyondReply reply = beyond("s1", suspect);
    std::string before = suspect;
    ASSERT_EQ(reply.beyond.size(), 5U);
    for (const auto& [seen, faces_with_a] : reply.beyond) {
      const OwnRow own = row(seen.server.name);
      EXPECT_EQ(seen.epoch, own.epoch);
      EXPECT_EQ(seen.server.incarnation, own.incarnation);
      EXPECT_EQ(seen.server.address, make_server(seen.server.name).address);
      EXPECT_EQ((faces_with_a ? own.buddy_a : own.buddy_b)->server.name, before);
      before = seen.server.name;
    }
    EXPECT_EQ(reply.own, row("s1"));
  }
}

TEST_F(BeyondTest, OnlyABuddyGetsAnAnswerOrLeavesAMark) {
  make_table_5(5);
  for (const char* const server : {"s3", "s4", "nobody", ""}) {
    const BeyondReply reply = beyond(server, "s1");
    EXPECT_TRUE(reply.beyond.empty()) << server;
    EXPECT_EQ(reply.own, client().row(pool(), {server}).value().own);
  }
  EXPECT_TRUE(beyond("s1", "nobody").beyond.empty());
  EXPECT_EQ(marked_by("s1"), (Names{"NULL", "NULL"}));
  EXPECT_FALSE(client().beyond(pool() + ".unknown", {.server = "s1", .suspect = "s2"}).value().own);
}

TEST_F(BeyondTest, TheMarkIsInTheSuspectsRowAndChangesNothingElse) {
  make_table_5(4);
  const uint64_t version = client().pool_version(pool()).value();
  const OwnRow before = row("s2");
  beyond("s1", "s2");
  const bool s1_is_a = before.buddy_a->server.name == "s1";
  EXPECT_EQ(marked_by("s2"), s1_is_a ? (Names{"s1", "NULL"}) : (Names{"NULL", "s1"}));
  EXPECT_EQ(sql("SELECT name FROM server WHERE pool_id = $ID AND "
                "COALESCE(accused_at_a, accused_at_b) > NOW(6) - INTERVAL 1 MINUTE"),
            (lab::MariaDb::Rows{{"s2"}}));
  beyond("s3", "s2");
  EXPECT_EQ(marked_by("s2"), s1_is_a ? (Names{"s1", "s3"}) : (Names{"s3", "s1"}));
  EXPECT_EQ(row("s2"), before);
  EXPECT_EQ(client().pool_version(pool()).value(), version);
}

TEST_F(BeyondTest, AMarkGoesWithTheRow) {
  make_table_5(3);
  beyond("s1", "s2");
  remove("s2");
  announce("s2");
  EXPECT_EQ(marked_by("s2"), (Names{"NULL", "NULL"}));
}

// Who is suspected must not have to wait behind those who change the ring.
TEST_F(BeyondTest, DoesNotWaitForThePool) {
  make_table_5(4);
  Connection rival(database().url(owner_user, registry_database), owner_password);
  ASSERT_TRUE(std::holds_alternative<Done>(rival.open()));
  ASSERT_TRUE(std::holds_alternative<Done>(rival.execute("START TRANSACTION")));
  ASSERT_TRUE(std::holds_alternative<Done>(
      rival.execute("UPDATE pool SET version = version + 1 WHERE name = '" + pool() + "'")));
  EXPECT_EQ(names("s1", "s2"), (Names{"s3", "s4", "s1"}));
  EXPECT_NE(marked_by("s2"), (Names{"NULL", "NULL"}));
  ASSERT_TRUE(std::holds_alternative<Done>(rival.execute("ROLLBACK")));
}

// A broken ring may lead nowhere, but the walk ends.
TEST_F(BeyondTest, ABrokenRingIsFollowedAsFarAsItGoes) {
  make_table_5(5);
  sql("UPDATE server SET buddy_a = NULL, buddy_b = 's2' WHERE pool_id = $ID AND name = 's3'");
  EXPECT_EQ(names("s1", "s2"), (Names{"s3"}));
  sql("UPDATE server SET buddy_a = 'gone' WHERE pool_id = $ID AND name = 's3'");
  EXPECT_EQ(names("s1", "s2"), (Names{"s3"}));
  sql("UPDATE server SET buddy_a = 's2' WHERE pool_id = $ID AND name = 's3'");
  EXPECT_LE(names("s1", "s2").size(), limits::beyond_max);
}

}  // namespace
}  // namespace buddyring
