// SPDX-License-Identifier: Apache-2.0
// How a pool grows and shrinks in order.
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "shared_lab.h"

namespace buddyring::e2e {
namespace {

class Join : public PoolTest {};

TEST_F(Join, SizesFromOneToThreeAndBackToNone) {
  using lab::Buddies;
  pool.add("s1");
  ASSERT_EQ(pool.settle({"s1"}), "");
  EXPECT_EQ(pool.ring().servers.at("s1"), (Buddies{.a = "", .b = ""}));

  pool.add("s2");
  ASSERT_EQ(pool.settle({"s1", "s2"}), "");
  EXPECT_EQ(pool.ring().servers.at("s1"), (Buddies{.a = "s2", .b = "s2"}));
  EXPECT_EQ(pool.ring().servers.at("s2"), (Buddies{.a = "s1", .b = "s1"}));

  pool.add("s3");
  ASSERT_EQ(pool.settle({"s1", "s2", "s3"}), "");

  EXPECT_EQ(pool["s2"].stop(), ended_well);
  ASSERT_EQ(pool.settle({"s1", "s3"}), "");
  EXPECT_EQ(pool.ring().servers.at("s1"), (Buddies{.a = "s3", .b = "s3"}));

  EXPECT_EQ(pool["s1"].stop(), ended_well);
  ASSERT_EQ(pool.settle({"s3"}), "");
  EXPECT_EQ(pool.ring().servers.at("s3"), (Buddies{.a = "", .b = ""}));

  EXPECT_EQ(pool["s3"].stop(), ended_well);
  EXPECT_EQ(pool.settle({}), "");
  EXPECT_TRUE(pool.events("verdict").empty());
}

TEST_F(Join, ChangesTheListsOfItsTwoBuddiesAndOfNobodyElse) {
  add_servers(5);
  const lab::Ring before = pool.ring();
  const PoolSnapshot rows_before = pool.snapshot();

  pool.add("s6");
  all.insert("s6");
  ASSERT_EQ(pool.settle(all), "");

  const lab::Ring after = pool.ring();
  EXPECT_EQ(after.without("s6"), before) << after.text();
  const lab::Buddies& mine = after.servers.at("s6");
  for (const auto& row : pool.snapshot().servers) {
    for (const auto& old : rows_before.servers) {
      if (old.server.name == row.server.name) {
        const bool is_buddy = row.server.name == mine.a || row.server.name == mine.b;
        EXPECT_EQ(row.epoch, old.epoch + (is_buddy ? 1 : 0)) << row.server.name;
      }
    }
  }
}

// Whenever there are two neighbours outside the newcomer's zone, it comes between two such.
TEST_F(Join, PutsAServerBetweenOtherZones) {
  const std::vector<std::string> zones{"rack-a", "rack-b", "rack-c"};
  std::map<std::string, std::string> zone_of;
  for (unsigned number = 1; number <= 9; ++number) {
    const std::string server = "s" + std::to_string(number);
    zone_of[server] = zones[number % zones.size()];
    pool.prepare(server).settings().zone = zone_of[server];
    pool[server].start();
    all.insert(server);
    ASSERT_EQ(pool.settle(all), "");
    if (number > zones.size()) {
      const lab::Buddies own = pool.ring().servers.at(server);
      EXPECT_NE(zone_of[own.a], zone_of[server]) << server << " beside " << own.a;
      EXPECT_NE(zone_of[own.b], zone_of[server]) << server << " beside " << own.b;
    }
  }
}

TEST_F(Join, SixAtOnceMakeOneRing) {
  for (unsigned number = 1; number <= 6; ++number) {
    all.insert("s" + std::to_string(number));
  }
  for (const auto& server : all) {
    pool.prepare(server).launch();
  }
  EXPECT_EQ(pool.settle(all), "");
  EXPECT_TRUE(pool.events("verdict").empty());
}

TEST_F(Join, ALeavingServerIsNotPronouncedDead) {
  add_servers(5);
  const lab::Ring before = pool.ring();

  EXPECT_EQ(pool["s2"].stop(), ended_well);
  all.erase("s2");
  ASSERT_EQ(pool.settle(all), "");

  EXPECT_EQ(pool.ring(), before.without("s2"));
  EXPECT_TRUE(pool.events("verdict").empty());
  EXPECT_EQ(pool["s2"].own_list(), std::nullopt) << "its pins are still there";
}

TEST_F(Join, ALeavingServerLeavesNothingAttached) {
  add_servers(2);
  EXPECT_EQ(pool["s1"].stop(), ended_well);
  EXPECT_EQ(pool["s1"].attached(), "");
}

}  // namespace
}  // namespace buddyring::e2e
