// SPDX-License-Identifier: Apache-2.0
// ServerVerify: each invariant, broken by hand, is named.
#include <algorithm>

#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

using Violations = std::vector<std::string>;

class VerifyTest : public RegistryTest {
 protected:
  // s1 - s2 - ... - sN - s1, with A the next and B the one before.
  void make_ring(unsigned n) {
    sql("INSERT INTO pool (name, size, version) VALUES ('$POOL', " + std::to_string(n) + ", 1)");
    const auto name = [n](unsigned i) { return "s" + std::to_string((i + n - 1) % n + 1); };
    for (unsigned i = 1; i <= n; ++i) {
      sql("INSERT INTO server_incarnation (pool_id, name, incarnation) VALUES ($ID, '" + name(i) + "', 1)");
      sql("INSERT INTO server (pool_id, slot, name, address, replace_port, incarnation, epoch, buddy_a, buddy_b) "
          "VALUES ($ID, " +
          std::to_string(i) + ", '" + name(i) + "', '10.0.0." + std::to_string(i) + "', 1, 1, 1, '" + name(i + 1) +
          "', '" + name(i - 1) + "')");
    }
  }
  void set(const std::string& server, const std::string& assignments) {
    sql("UPDATE server SET " + assignments + " WHERE pool_id = $ID AND name = '" + server + "'");
  }
};

TEST_F(VerifyTest, AWholeRingHasNone) {
  make_ring(64);
  EXPECT_EQ(violations(), Violations{});
}

// What docs/troubleshooting.md does with a ring that no removal can mend.
TEST_F(VerifyTest, AnEmptiedPoolIsAnnouncedAnew) {
  announce_all({"s1", "s2", "s3"});
  ASSERT_TRUE(client().drain(pool(), {.server = "s1", .by = "olga", .why = ""}, true));
  set("s2", "buddy_a = 's3', buddy_b = 's3'");
  for (const char* const server : {"s1", "s2", "s3"}) {
    EXPECT_THROW(remove(server), std::runtime_error);
  }
  sql("DELETE FROM server WHERE pool_id = $ID");
  sql("UPDATE pool SET size = 0, drained = 0, version = version + 1 WHERE pool_id = $ID");
  announce_all({"s1", "s2", "s3"});
  EXPECT_EQ(violations(), Violations{});
  const PoolSnapshot snapshot = client().list(pool()).value();
  ASSERT_EQ(snapshot.servers.size(), 3U);
  EXPECT_EQ(std::ranges::count(snapshot.servers, true, &ServerRow::drained), 1);
}

TEST_F(VerifyTest, AnUnknownPoolIsNotFound) { EXPECT_EQ(client().verify(pool()).error().kind, ErrorKind::not_found); }

TEST_F(VerifyTest, TheDetailSaysWhatWasFound) {
  make_ring(3);
  sql("UPDATE pool SET size = 4 WHERE name = '$POOL'");
  const auto found = client().verify(pool()).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rule, "size");
  EXPECT_EQ(found[0].detail, "the pool counts 4, the table holds 3");
}

TEST_F(VerifyTest, SlotsWithAGap) {
  make_ring(3);
  set("s3", "slot = 4");
  EXPECT_EQ(violations(), Violations{"slots s3"});
}

TEST_F(VerifyTest, ASlotOfTwoServers) {
  make_ring(3);
  set("s3", "slot = 1");
  EXPECT_EQ(violations(), Violations{"slots s1"});
}

TEST_F(VerifyTest, AnAddressOfTwoServers) {
  make_ring(3);
  set("s3", "address = '10.0.0.2'");
  EXPECT_EQ(violations(), Violations{"address s2"});
}

TEST_F(VerifyTest, AnIncarnationOfAnEarlierLife) {
  make_ring(3);
  sql("UPDATE server_incarnation SET incarnation = 2 WHERE pool_id = $ID AND name = 's2'");
  sql("DELETE FROM server_incarnation WHERE pool_id = $ID AND name = 's3'");
  EXPECT_EQ(violations(), (Violations{"incarnation s2", "incarnation s3"}));
}

TEST_F(VerifyTest, ABuddyOfTheOnlyServer) {
  announce("s1");
  set("s1", "buddy_a = 's1'");
  EXPECT_EQ(violations(), (Violations{"alone s1", "self s1"}));
}

TEST_F(VerifyTest, AMissingBuddy) {
  make_ring(3);
  set("s2", "buddy_a = NULL");
  EXPECT_EQ(violations(), (Violations{"cycle s1", "cycle s3", "incomplete s2", "symmetry s3"}));
}

TEST_F(VerifyTest, AServerThatIsItsOwnBuddy) {
  make_ring(3);
  set("s2", "buddy_a = 's2'");
  const auto found = violations();
  EXPECT_NE(std::find(found.begin(), found.end(), "self s2"), found.end());
  EXPECT_NE(std::find(found.begin(), found.end(), "symmetry s3"), found.end());
}

TEST_F(VerifyTest, TwoServersThatAreNotEachOthersBuddyTwice) {
  announce_all({"s1", "s2"});
  set("s1", "buddy_b = 's1'");
  const auto found = violations();
  EXPECT_NE(std::find(found.begin(), found.end(), "pair s1"), found.end());
  EXPECT_NE(std::find(found.begin(), found.end(), "symmetry s2"), found.end());
}

TEST_F(VerifyTest, ABuddyTwiceAmongThree) {
  make_ring(3);
  set("s1", "buddy_a = 's2', buddy_b = 's2'");
  const auto found = violations();
  EXPECT_NE(std::find(found.begin(), found.end(), "twice s1"), found.end());
  // Multiplicity counts: s2 has s1 once only.
  EXPECT_NE(std::find(found.begin(), found.end(), "symmetry s1"), found.end());
  EXPECT_NE(std::find(found.begin(), found.end(), "symmetry s3"), found.end());
}

TEST_F(VerifyTest, ABuddyThatIsNotThere) {
  make_ring(4);
  set("s2", "buddy_a = 'gone'");
  const auto found = violations();
  EXPECT_NE(std::find(found.begin(), found.end(), "unknown s2"), found.end());
  EXPECT_NE(std::find(found.begin(), found.end(), "symmetry s3"), found.end());
}

TEST_F(VerifyTest, ABuddyThatDoesNotReturnIt) {
  make_ring(5);
  set("s1", "buddy_a = 's3'");
  const auto found = violations();
  EXPECT_NE(std::find(found.begin(), found.end(), "symmetry s1"), found.end());
  EXPECT_NE(std::find(found.begin(), found.end(), "symmetry s2"), found.end());
}

// Two rings in one pool: every other invariant holds.
TEST_F(VerifyTest, TwoRingsInsteadOfOne) {
  make_ring(6);
  set("s1", "buddy_b = 's3'");
  set("s3", "buddy_a = 's1'");
  set("s4", "buddy_b = 's6'");
  set("s6", "buddy_a = 's4'");
  EXPECT_EQ(violations(), (Violations{"cycle s4", "cycle s5", "cycle s6"}));
}

}  // namespace
}  // namespace buddyring
