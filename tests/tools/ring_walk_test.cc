// SPDX-License-Identifier: Apache-2.0
#include "ctl/ring_walk.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace buddyring {
namespace {

ServerRow row(const std::string& name, const std::string& buddy_a, const std::string& buddy_b) {
  ServerRow made;
  made.server.name = name;
  made.buddy_a = buddy_a;
  made.buddy_b = buddy_b;
  return made;
}

std::string names(const RingWalk& walk) {
  std::string text;
  for (const ServerRow& one : walk.order) {
    text += one.server.name;
  }
  return text;
}

TEST(RingWalk, OfNoneOneAndTwo) {
  EXPECT_TRUE(walk_ring({}).whole);
  const RingWalk one = walk_ring({row("1", "", "")});
  EXPECT_TRUE(one.whole);
  EXPECT_EQ(names(one), "1");
  const RingWalk two = walk_ring({row("1", "2", "2"), row("2", "1", "1")});
  EXPECT_TRUE(two.whole);
  EXPECT_EQ(names(two), "12");
}

TEST(RingWalk, DoesNotCareWhichBuddyIsCalledA) {
  const RingWalk walk = walk_ring({row("1", "2", "4"), row("2", "4", "1"), row("4", "2", "1")});
  EXPECT_TRUE(walk.whole);
  EXPECT_EQ(names(walk), "124");
}

TEST(RingWalk, MeetsEachOfManyInOrder) {
  const RingWalk walk =
      walk_ring({row("1", "3", "2"), row("2", "5", "1"), row("3", "4", "1"), row("4", "3", "5"), row("5", "4", "2")});
  EXPECT_TRUE(walk.whole);
  EXPECT_EQ(names(walk), "13452");
}

TEST(RingWalk, ListsEveryServerOfABrokenRingOnce) {
  const std::vector<std::vector<ServerRow>> broken{
      {row("1", "9", "2"), row("2", "1", "3"), row("3", "2", "1")},                      // no such buddy
      {row("1", "2", "2"), row("2", "1", "1"), row("3", "4", "4"), row("4", "3", "3")},  // two rings
      {row("1", "2", "3"), row("2", "3", "1"), row("3", "1", "1")},  // met by the walk, but not mutual
      {row("1", "1", "1")},                                          // its own buddy
      {row("1", "", ""), row("2", "", "")},
  };
  for (const auto& servers : broken) {
    const RingWalk walk = walk_ring(servers);
    EXPECT_FALSE(walk.whole) << names(walk);
    std::string sorted = names(walk);
    std::ranges::sort(sorted);
    EXPECT_EQ(sorted, std::string("1234").substr(0, servers.size()));
  }
}

}  // namespace
}  // namespace buddyring
