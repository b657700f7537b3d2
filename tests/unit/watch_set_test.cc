// SPDX-License-Identifier: Apache-2.0
#include "core/watch_set.h"

#include <gtest/gtest.h>

#include <vector>

namespace buddyring {
namespace {

class WatchSetTest : public ::testing::Test {
 protected:
  // A list with these two buddies, as the table has it at the next epoch.
  void set(const std::string& a, const std::string& b, Incarnation incarnation = 1) {
    OwnRow row{.incarnation = 1, .epoch = ++epoch_, .buddy_a = std::nullopt, .buddy_b = std::nullopt};
    if (!a.empty()) {
      row.buddy_a = BuddyRow{.server = server(a, incarnation), .epoch = 1};
      row.buddy_b = BuddyRow{.server = server(b, incarnation), .epoch = 1};
    }
    list_.assign(row, 0);
    watches_.sync(list_);
  }
  static Server server(const std::string& name, Incarnation incarnation) {
    return {.name = name, .address = {}, .replace_port = 1, .incarnation = incarnation};
  }
  // "3:x 4:- ..." in the order the agent is told.
  std::string changes() {
    std::string text;
    while (const auto change = watches_.poll_change()) {
      text += std::to_string(change->slot) + ":" + (change->server ? change->server->name : "-") + " ";
    }
    return text;
  }

  Epoch epoch_ = 0;
  BuddyList list_{"me"};
  WatchSet watches_{{.interval = std::chrono::milliseconds{10}, .misses = 3}};
};

TEST_F(WatchSetTest, WatchesBothBuddiesAndOneOfTwoOnce) {
  set("x", "y");
  EXPECT_EQ(changes(), "0:x 1:y ");
  set("y", "y");
  EXPECT_EQ(changes(), "0:- ");
  set("", "");
  EXPECT_EQ(changes(), "1:- ");
}

TEST_F(WatchSetTest, WhoStaysKeepsItsJudge) {
  set("x", "y");
  watches_.find("x")->detector.begin_cycle(Instant{}, Instant{});
  set("x", "z");
  EXPECT_EQ(watches_.find("x")->detector.begin_cycle(Instant{}, Instant{}), 2U) << "numbers go on";
  EXPECT_EQ(watches_.find("z")->detector.begin_cycle(Instant{}, Instant{}), 1U);
}

TEST_F(WatchSetTest, ANewIncarnationIsAnotherServer) {
  set("x", "y");
  changes();
  watches_.find("x")->detector.begin_cycle(Instant{}, Instant{});
  set("x", "y", 2);
  EXPECT_EQ(watches_.find("x")->detector.begin_cycle(Instant{}, Instant{}), 1U);
}

TEST_F(WatchSetTest, VacatedSlotsAreToldFirstAlsoWhenTheNewOnesAreLower) {
  // Walk the slots round until the next vacant one lies below those in use.
  for (Incarnation incarnation = 1; incarnation <= WatchSet::limit / 2; ++incarnation) {
    set("x", "y", incarnation);
    changes();
  }
  set("x", "y", 99);
  EXPECT_EQ(changes(), "14:- 15:- 0:x 1:y ");
}

TEST_F(WatchSetTest, WhoCameAndWentUnseenIsNotTold) {
  set("x", "y");
  set("z", "y");
  EXPECT_EQ(changes(), "0:- 1:y 2:z ");
}

}  // namespace
}  // namespace buddyring
