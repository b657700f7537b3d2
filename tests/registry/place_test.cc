// SPDX-License-Identifier: Apache-2.0
// Where a new server comes into the ring: zones, and ServerBeside.
#include <algorithm>
#include <set>

#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

class PlaceTest : public RegistryTest {
 protected:
  BesideReply beside(const std::string& server, const std::string& zone = "") {
    const auto reply = client().beside(pool(), {.server = server, .zone = zone});
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? reply.value() : BesideReply{};
  }
  // Server -> zone.
  std::map<std::string, std::string> zones() {
    std::map<std::string, std::string> found;
    for (const auto& row : sql("SELECT name, zone FROM server WHERE pool_id = $ID")) {
      found[row[0]] = row[1];
    }
    return found;
  }
  // How many buddies of a new server of `zone` are in other zones, at the best
  // place that there is: between a server and one of its buddies.
  int best_score(const std::string& zone) {
    const auto zone_of = zones();
    int best = 0;
    for (const auto& [name, buddies] : ring()) {
      for (const std::string& buddy : {buddies.first, buddies.second}) {
        const std::string& next = buddy.empty() ? name : buddy;
        best = std::max(best, int{zone_of.at(name) != zone} + int{zone_of.at(next) != zone});
      }
    }
    return best;
  }
  int score_of(const std::string& name) {
    const auto zone_of = zones();
    const auto [a, b] = ring().at(name);
    return int{zone_of.at(a) != zone_of.at(name)} + int{zone_of.at(b) != zone_of.at(name)};
  }
};

TEST_F(PlaceTest, AnEmptyPoolHasNoPlace) {
  const BesideReply unknown = beside("s1");
  EXPECT_FALSE(unknown.known || unknown.beside || unknown.next);
  announce("s1");
  remove("s1");
  const BesideReply empty = beside("s1");
  EXPECT_FALSE(empty.known || empty.beside || empty.next);
}

TEST_F(PlaceTest, BesideOneAloneBothAreThatOne) {
  announce("s1");
  const BesideReply reply = beside("s2");
  EXPECT_FALSE(reply.known);
  ASSERT_TRUE(reply.beside && reply.next);
  EXPECT_EQ(reply.beside->server, make_server("s1"));
  EXPECT_EQ(*reply.beside, *reply.next);
}

TEST_F(PlaceTest, AServerThatIsThereIsKnown) {
  make_table_5(3);
  const BesideReply reply = beside("s2");
  EXPECT_TRUE(reply.known);
  EXPECT_FALSE(reply.beside || reply.next);
}

TEST_F(PlaceTest, ThePlaceIsBetweenAServerAndItsBuddyA) {
  make_table_5(5);
  const Ring before = ring();
  const uint64_t version = client().pool_version(pool()).value();
  std::set<std::string> seen;
  for (unsigned i = 0; i < 100; ++i) {
    const BesideReply reply = beside("s6");
    ASSERT_TRUE(reply.beside && reply.next);
    EXPECT_EQ(*reply.next, *row(reply.beside->server.name).buddy_a);
    EXPECT_EQ(reply.beside->epoch, row(reply.beside->server.name).epoch);
    seen.insert(reply.beside->server.name);
  }
  EXPECT_EQ(seen.size(), 5U);
  EXPECT_EQ(ring(), before);
  EXPECT_EQ(client().pool_version(pool()).value(), version);

  const BesideReply place = beside("s6");
  const auto joined =
      client().announce(pool(), {.server = make_server("s6"), .zone = "", .beside = place.beside->server.name});
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined.value().own.buddy_a->server.name, place.beside->server.name);
  EXPECT_EQ(joined.value().own.buddy_b->server.name, place.next->server.name);
}

// Also who was there before, and is let in by another look than who is new.
TEST_F(PlaceTest, WhoComesBackComesWhereItsZoneIsBest) {
  make_table_5(6);
  sql("UPDATE server SET zone = IF(name IN ('s1', 's2', 's3', 's4'), 'east', 'west') WHERE pool_id = $ID");
  for (unsigned round = 0; round < 20; ++round) {
    announce("s7", "east");
    remove("s7");
    const int best = best_score("east");
    announce("s7", "east");
    EXPECT_EQ(score_of("s7"), best) << round;
    remove("s7");
  }
}

// Chi-square over 20 places, 19 degrees of freedom: above 60 once in 10^5 runs.
TEST_F(PlaceTest, WithoutZonesEachPlaceIsAsLikely) {
  for (const unsigned size : {10U, 20U}) {
    while (ring().size() < size) {
      announce("s" + std::to_string(ring().size() + 1));
    }
    constexpr unsigned draws_each = 40;
    std::map<std::string, double> drawn;
    for (unsigned i = 0; i < draws_each * size; ++i) {
      drawn[beside("s200", i % 2 == 0 ? "" : "zone").beside->server.name] += 1;
    }
    double deviation = 0;
    for (const auto& [name, buddies] : ring()) {
      deviation += (drawn[name] - draws_each) * (drawn[name] - draws_each) / draws_each;
    }
    EXPECT_LT(deviation, 60.0) << size;
  }
}

TEST_F(PlaceTest, TheBestPlaceIsFoundInSmallPools) {
  const std::array<std::string, 3> names{"x", "y", "z"};
  announce("s1", names[0]);
  for (unsigned i = 2; i <= 17; ++i) {
    const std::string& zone = names[i % 3 == 0 ? 0 : i % names.size()];
    const int best = best_score(zone);
    announce("s" + std::to_string(i), zone);
    EXPECT_EQ(score_of("s" + std::to_string(i)), best) << i;
  }
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

TEST_F(PlaceTest, WithAlternatingZonesNobodyHasItsOwnKindOnBothSides) {
  for (unsigned i = 1; i <= 16; ++i) {
    announce("s" + std::to_string(i), i % 2 == 0 ? "x" : "y");
    if (i > 1) {
      EXPECT_GE(score_of("s" + std::to_string(i)), 1) << i;
    }
  }
  announce("s17", "z");
  EXPECT_EQ(score_of("s17"), 2);
}

TEST_F(PlaceTest, ABuddyIsInAnotherZoneWhereThereIsOne) {
  announce("s1", "lonely");
  for (unsigned i = 2; i <= 16; ++i) {
    announce("s" + std::to_string(i), "crowd");
    // s1's place beside its buddy A is open to whoever comes.
    EXPECT_GE(score_of("s" + std::to_string(i)), 1) << i;
  }
}

TEST_F(PlaceTest, LargePoolsAreSampled) {
  for (unsigned i = 1; i <= 40; ++i) {
    announce("s" + std::to_string(i), i % 2 == 0 ? "x" : "y");
  }
  // Half of the places or more have an end in the other zone: 16 draws find one.
  const BesideReply reply = beside("s41", "x");
  const auto zone_of = zones();
  EXPECT_GE(int{zone_of.at(reply.beside->server.name) != "x"} + int{zone_of.at(reply.next->server.name) != "x"}, 1);
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

TEST_F(PlaceTest, RejoiningTellsTheZoneAnew) {
  announce("s1", "x");
  announce("s2", "x");
  EXPECT_EQ(zones()["s1"], "x");
  EXPECT_TRUE(announce("s1", "y").rejoined);
  EXPECT_EQ(zones()["s1"], "y");
  EXPECT_EQ(zones()["s2"], "x");
}

TEST_F(PlaceTest, AZonesNameIsChecked) {
  for (const std::string& zone :
       {std::string("a b"), std::string("a,b"), std::string("r\xc3\xa4t"), std::string(64, 'z')}) {
    const auto refused = client().announce(pool(), {.server = make_server("s1"), .zone = zone});
    ASSERT_FALSE(refused) << zone;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
  }
  announce("s1", std::string(63, 'z'));
}

TEST_F(PlaceTest, ABrokenRingHasNoPlace) {
  make_table_5(3);
  sql("UPDATE server SET buddy_a = 'gone' WHERE pool_id = $ID");
  const auto reply = client().beside(pool(), {.server = "s4", .zone = ""});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::conflict);
  EXPECT_NE(reply.error().message.find("buddyctl verify"), std::string::npos);
}

// However many servers there are, one draw reads two rows by key.
TEST_F(PlaceTest, DrawingReadsTwoRowsHoweverLargeThePool) {
  make_table_5(64);
  const auto plan =
      sql("EXPLAIN SELECT near.name FROM server near JOIN server far ON far.pool_id = near.pool_id AND far.name = "
          "COALESCE(near.buddy_a, near.name) WHERE near.pool_id = $ID AND near.slot = 7");
  for (const auto& table : plan) {
    EXPECT_EQ(table[8], "1");
  }
}

}  // namespace
}  // namespace buddyring
