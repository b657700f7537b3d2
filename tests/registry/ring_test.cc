// SPDX-License-Identifier: Apache-2.0
// The tables of the ring: what announcing and deleting make of the buddies.
#include <algorithm>
#include <random>

#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

class RingTest : public RegistryTest {
 protected:
  // Table 1 is table 5 of four servers without the fourth.
  void make_table_1() {
    make_table_5(4);
    remove("s4");
  }

  void verify_whole() { EXPECT_EQ(violations(), std::vector<std::string>{}); }
};

const Ring table_1{{"s1", {"s2", "s3"}}, {"s2", {"s3", "s1"}}, {"s3", {"s1", "s2"}}};
const Ring table_2{{"s1", {"s2", "s3"}}, {"s2", {"s4", "s1"}}, {"s3", {"s1", "s4"}}, {"s4", {"s2", "s3"}}};
const Ring table_4{{"s1", {"s2", "s4"}}, {"s2", {"s4", "s1"}}, {"s4", {"s2", "s1"}}};

TEST_F(RingTest, AnnouncingTurnsTable1IntoTable2) {
  make_table_1();
  ASSERT_EQ(ring(), table_1);
  announce_beside("s4", "s2");
  EXPECT_EQ(ring(), table_2);
  verify_whole();
}

TEST_F(RingTest, DeletingTurnsTable3IntoTable4) {
  make_table_1();
  announce_beside("s4", "s2");
  ASSERT_EQ(ring(), table_2);  // table 3 is the same
  const DeleteReply reply = remove("s3", "s4");
  EXPECT_EQ(ring(), table_4);
  EXPECT_EQ(reply.outcome, DeleteReply::Outcome::deleted);
  ASSERT_TRUE(reply.buddies[0] && reply.buddies[1]);
  EXPECT_EQ(reply.buddies[0]->server.name, "s1");
  EXPECT_EQ(reply.buddies[1]->server.name, "s4");
  verify_whole();
}

TEST_F(RingTest, AShutdownOfServer2FollowsTable4) {
  make_table_1();
  announce_beside("s4", "s2");
  remove("s3", "s4");
  const DeleteReply reply = remove("s2", "s2");
  EXPECT_EQ(ring(), (Ring{{"s1", {"s4", "s4"}}, {"s4", {"s1", "s1"}}}));
  EXPECT_EQ(reply.buddies[0]->server.name, "s4");
  EXPECT_EQ(reply.buddies[1]->server.name, "s1");
  EXPECT_FALSE(reply.own);
}

class Table5Test : public RingTest, public ::testing::WithParamInterface<unsigned> {};

TEST_P(Table5Test, ComesOutOfAnnouncing) {
  const unsigned n = GetParam();
  make_table_5(n);
  const auto name = [n](unsigned i) { return "s" + std::to_string((i + n - 1) % n + 1); };
  Ring expected;
  for (unsigned i = 1; i <= n; ++i) {
    expected[name(i)] = {name(i + 1), name(i - 1)};
  }
  // The last row of table 5 has its buddies the other way round.
  std::swap(expected[name(n)].first, expected[name(n)].second);
  if (n == 1) {
    expected = {{"s1", {"", ""}}};
  }
  EXPECT_EQ(ring(), expected);
  verify_whole();
}

INSTANTIATE_TEST_SUITE_P(Sizes, Table5Test, ::testing::Range(1U, 65U));

TEST_F(RingTest, SizesUpAndDown) {
  EXPECT_EQ(ring(), Ring{});

  const AnnounceReply first = announce("s1");
  EXPECT_FALSE(first.own.buddy_a);
  EXPECT_FALSE(first.own.buddy_b);
  EXPECT_EQ(first.own.epoch, 1U);
  EXPECT_EQ(ring(), (Ring{{"s1", {"", ""}}}));
  verify_whole();

  const AnnounceReply second = announce("s2");
  ASSERT_TRUE(second.own.buddy_a && second.own.buddy_b);
  EXPECT_EQ(*second.own.buddy_a, *second.own.buddy_b);
  EXPECT_EQ(second.own.buddy_a->server.name, "s1");
  EXPECT_EQ(second.own.buddy_a->epoch, 2U);
  EXPECT_EQ(ring(), (Ring{{"s1", {"s2", "s2"}}, {"s2", {"s1", "s1"}}}));
  verify_whole();

  announce_beside("s3", "s1");
  EXPECT_EQ(ring(), (Ring{{"s1", {"s2", "s3"}}, {"s2", {"s1", "s3"}}, {"s3", {"s1", "s2"}}}));
  EXPECT_EQ(row("s1").epoch, 3U);
  EXPECT_EQ(row("s2").epoch, 2U);
  EXPECT_EQ(row("s3").epoch, 1U);
  verify_whole();

  const DeleteReply to_two = remove("s3", "s1");
  EXPECT_EQ(ring(), (Ring{{"s1", {"s2", "s2"}}, {"s2", {"s1", "s1"}}}));
  EXPECT_EQ(to_two.buddies[0]->epoch, 4U);
  EXPECT_EQ(to_two.buddies[1]->epoch, 3U);
  EXPECT_EQ(to_two.own->epoch, 4U);
  verify_whole();

  const DeleteReply to_one = remove("s1", "s2");
  EXPECT_EQ(ring(), (Ring{{"s2", {"", ""}}}));
  EXPECT_EQ(to_one.buddies[0]->server.name, "s2");
  EXPECT_EQ(to_one.buddies[0]->epoch, 4U);
  EXPECT_EQ(to_one.buddies[0], to_one.buddies[1]);
  ASSERT_TRUE(to_one.own);
  EXPECT_FALSE(to_one.own->buddy_a);
  verify_whole();

  const DeleteReply to_none = remove("s2", "s2");
  EXPECT_EQ(to_none.outcome, DeleteReply::Outcome::deleted);
  EXPECT_FALSE(to_none.buddies[0] || to_none.buddies[1]);
  EXPECT_EQ(ring(), Ring{});
  verify_whole();
}

TEST_F(RingTest, VersionRisesWithEachChangeAndOnlyThen) {
  EXPECT_EQ(client().pool_version(pool()).value(), 0U);
  announce("s1");
  announce("s2");
  EXPECT_EQ(client().pool_version(pool()).value(), 2U);
  announce("s1");
  remove("s2");
  remove("s2");
  EXPECT_EQ(client().pool_version(pool()).value(), 4U);
  EXPECT_EQ(client().list(pool()).value().version, 4U);
}

TEST_F(RingTest, StaysWholeUnderRandomChurn) {
  constexpr unsigned servers = 24;
  constexpr unsigned steps = 300;
  std::mt19937 random(20240607);
  std::vector<std::string> live;
  for (unsigned step = 0; step < steps; ++step) {
    const std::string name = "s" + std::to_string(random() % servers + 1);
    const auto found = std::find(live.begin(), live.end(), name);
    if (found == live.end()) {
      announce(name);
      live.push_back(name);
    } else if (random() % 4 == 0) {
      EXPECT_TRUE(announce(name).rejoined);
    } else {
      remove(name, live[random() % live.size()]);
      live.erase(found);
    }
    ASSERT_EQ(violations(), std::vector<std::string>{}) << "after step " << step;
    ASSERT_EQ(ring().size(), live.size());
  }
}

TEST_F(RingTest, PicksEveryServer) {
  announce_all({"s1", "s2", "s3", "s4", "s5"});
  remove("s2");
  std::map<std::string, unsigned> picked;
  for (unsigned i = 0; i < 200; ++i) {
    const auto server = client().pick(pool());
    ASSERT_TRUE(server);
    ++picked[server.value().name];
  }
  // Missing one of four in 200 fair picks has a chance below 1e-24.
  EXPECT_EQ(picked.size(), 4U);
  EXPECT_FALSE(picked.contains("s2"));
}

TEST_F(RingTest, PickingReadsOneRowHoweverLargeThePool) {
  make_table_5(64);
  ASSERT_TRUE(client().pick(pool()));
  const auto plan =
      sql("EXPLAIN SELECT server.name FROM pool JOIN server ON server.pool_id = pool.pool_id AND server.slot = "
          "CAST(FLOOR(0.5e0 * pool.size) AS UNSIGNED) + 1 WHERE pool.name = '$POOL'");
  ASSERT_EQ(plan.size(), 2U);
  for (const auto& table : plan) {
    EXPECT_TRUE(table[3] == "const" || table[3] == "ref") << table[3];
    EXPECT_EQ(table[8], "1");
  }
}

TEST_F(RingTest, AnEmptyPoolHasNothingToPick) {
  EXPECT_EQ(client().pick(pool()).error().kind, ErrorKind::not_found);
  announce("s1");
  remove("s1");
  EXPECT_EQ(client().pick(pool()).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace buddyring
