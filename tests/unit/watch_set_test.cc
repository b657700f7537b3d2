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
    sync();
  }
  static Server server(const std::string& name, Incarnation incarnation) {
    return {.name = name, .address = {}, .replace_port = 1, .incarnation = incarnation};
  }
  // The servers beyond a suspect, and newcomers, too.
  void sync(const std::vector<Server>& beyond = {}, const std::vector<Server>& newcomers = {}) {
    watches_.sync(list_, pointers_to(beyond), pointers_to(newcomers));
  }
  static std::vector<const Server*> pointers_to(const std::vector<Server>& servers) {
    std::vector<const Server*> pointers;
    for (const Server& each : servers) {
      pointers.push_back(&each);
    }
    return pointers;
  }
  // At an address of its own.
  static Server newcomer(const std::string& name, uint32_t address = 1, Incarnation incarnation = 1) {
    Server made = server(name, incarnation);
    made.address = Address::from_v4(address);
    return made;
  }
  // "3:x 4:- 5:z(role) ..." in the order the agent is told.
  std::string changes() {
    std::string text;
    while (const auto change = watches_.poll_change()) {
      text += std::to_string(change->slot) + ":" + (change->server ? change->server->name : "-") +
              (change->role_only ? "(role) " : " ");
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
  EXPECT_EQ(changes(), "30:- 31:- 0:x 1:y ");
}

TEST_F(WatchSetTest, WhoCameAndWentUnseenIsNotTold) {
  set("x", "y");
  set("z", "y");
  EXPECT_EQ(changes(), "0:- 1:y 2:z ");
}

TEST_F(WatchSetTest, WatchesThoseBeyondInHalfTheTime) {
  set("x", "y");
  sync({server("z", 1)});
  EXPECT_EQ(changes(), "0:x 1:y 2:z ");
  Watch& z = *watches_.find("z");
  EXPECT_EQ(z.role, WatchRole::beyond);
  // A cycle that was judged after a third of the interval: too early for a buddy, not for z.
  const Instant start{std::chrono::seconds{1}};
  for (Watch* watch : {watches_.find("x"), &z}) {
    watch->detector.begin_cycle(start, start);
    watch->seen.departed_number = 1;
    watch->seen.departed = start;
    static_cast<void>(watch->detector.judge(start + std::chrono::microseconds{3300}, watch->seen, {}));
  }
  EXPECT_EQ(watches_.find("x")->detector.last_end(), CycleEnd::voided);
  EXPECT_EQ(z.detector.last_end(), CycleEnd::miss);
  sync();
  EXPECT_EQ(changes(), "2:- ");
}

TEST_F(WatchSetTest, WhoIsBeyondAndABuddyIsABuddy) {
  set("x", "y");
  sync({server("y", 1)});
  EXPECT_EQ(changes(), "0:x 1:y ");
  EXPECT_EQ(watches_.find("y")->role, WatchRole::buddy);
}

TEST_F(WatchSetTest, WhoBecomesABuddyKeepsWhatWasSeenAndGetsANewJudge) {
  set("x", "y");
  sync({server("z", 1)});
  changes();
  watches_.find("z")->detector.begin_cycle(Instant{}, Instant{});
  watches_.find("z")->seen.live_answers = 7;
  set("z", "y");
  EXPECT_EQ(changes(), "0:- 2:z(role) ");
  EXPECT_EQ(watches_.find("z")->role, WatchRole::buddy);
  EXPECT_EQ(watches_.find("z")->seen.live_answers, 7U);
  EXPECT_FALSE(watches_.find("z")->detector.under_way());
  EXPECT_EQ(watches_.find("z")->detector.begin_cycle(Instant{}, Instant{}), 2U) << "numbers go on";
}

TEST_F(WatchSetTest, ANewcomerIsWatchedAsLongAsItIsExpected) {
  set("x", "y");
  sync({}, {newcomer("n")});
  EXPECT_EQ(changes(), "0:x 1:y 2:n ");
  EXPECT_EQ(watches_.find("n")->role, WatchRole::newcomer);
  sync({}, {newcomer("n", 1, 2)});
  EXPECT_EQ(changes(), "2:- 3:n ");
  sync();
  EXPECT_EQ(changes(), "3:- ");
}

TEST_F(WatchSetTest, ANewcomerThatBecomesABuddyKeepsItsSlot) {
  set("x", "y");
  sync({}, {server("z", 1)});
  EXPECT_EQ(changes(), "0:x 1:y ") << "x and y are at its address";
  sync({}, {newcomer("z")});
  EXPECT_EQ(changes(), "2:z ");
  OwnRow row{.incarnation = 1, .epoch = ++epoch_, .buddy_a = BuddyRow{newcomer("z"), 1}, .buddy_b = {}};
  row.buddy_b = row.buddy_a;
  list_.assign(row, 0);
  sync({}, {newcomer("z")});
  EXPECT_EQ(changes(), "0:- 1:- 2:z(role) ");
  EXPECT_EQ(watches_.find("z")->role, WatchRole::buddy);
}

TEST_F(WatchSetTest, ANewcomerGivesWayToWhoIsWatchedUnderItsNameOrAtItsAddress) {
  set("x", "y");
  sync({newcomer("b", 7)}, {newcomer("x", 1), newcomer("n", 7), newcomer("m", 8)});
  EXPECT_EQ(changes(), "0:x 1:y 2:b 3:m ");
  sync({newcomer("c", 8)}, {newcomer("m", 8)});
  EXPECT_EQ(changes(), "2:- 3:- 4:c ");
}

}  // namespace
}  // namespace buddyring
