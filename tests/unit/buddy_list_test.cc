// SPDX-License-Identifier: Apache-2.0
#include "core/buddy_list.h"

#include <gtest/gtest.h>

namespace buddyring {
namespace {

Server server(const std::string& name, Incarnation incarnation = 1) {
  return {.name = name, .address = *Address::parse("10.0.0.1"), .replace_port = 7946, .incarnation = incarnation};
}

OwnRow row(Epoch epoch, const std::string& a, const std::string& b) {
  OwnRow own{.incarnation = 1, .epoch = epoch, .buddy_a = std::nullopt, .buddy_b = std::nullopt};
  if (!a.empty()) {
    own.buddy_a = BuddyRow{.server = server(a), .epoch = 1};
    own.buddy_b = BuddyRow{.server = server(b), .epoch = 1};
  }
  return own;
}

// "A B" by name, "-" for none.
std::string show(const BuddyList& list) {
  return (list.a() ? list.a()->name : "-") + " " + (list.b() ? list.b()->name : "-");
}

using Change = BuddyList::Change;

class BuddyListTest : public ::testing::Test {
 protected:
  BuddyList list_{"me"};
};

TEST_F(BuddyListTest, ReplacesTheBuddyThatIsNamed) {
  list_.assign(row(5, "x", "y"), 0);
  EXPECT_EQ(list_.replace("x", server("n"), 6), Change::applied);
  EXPECT_EQ(show(list_), "n y");
  EXPECT_EQ(list_.replace("y", server("m"), 7), Change::applied);
  EXPECT_EQ(show(list_), "n m");
  EXPECT_EQ(list_.epoch(), 7U);
}

TEST_F(BuddyListTest, FromAloneToTwoAndThreeAndBack) {
  list_.assign(row(1, "", ""), 0);
  EXPECT_EQ(list_.replace("", server("x"), 2), Change::applied);
  EXPECT_EQ(show(list_), "x x");
  EXPECT_EQ(list_.replace("x", server("y"), 3), Change::applied);
  EXPECT_EQ(show(list_), "x y") << "of two that match, B goes";
  EXPECT_EQ(list_.replace("x", server("y"), 4), Change::applied);
  EXPECT_EQ(show(list_), "y y");
  EXPECT_EQ(list_.replace("y", server("me"), 5), Change::applied);
  EXPECT_EQ(show(list_), "- -");
}

TEST_F(BuddyListTest, ANewIncarnationReplacesEveryOccurrence) {
  list_.assign(row(5, "x", "x"), 0);
  EXPECT_EQ(list_.replace("x", server("x", 9), 6), Change::applied);
  EXPECT_EQ(list_.a()->incarnation, 9U);
  EXPECT_EQ(list_.b()->incarnation, 9U);
}

TEST_F(BuddyListTest, AnOlderEpochChangesNothing) {
  list_.assign(row(5, "x", "y"), 0);
  EXPECT_EQ(list_.replace("x", server("n"), 4), Change::stale);
  EXPECT_EQ(show(list_), "x y");
}

TEST_F(BuddyListTest, TheSameEpochIsAlreadyThereOrAMismatch) {
  list_.assign(row(5, "x", "y"), 0);
  EXPECT_EQ(list_.replace("z", server("x"), 5), Change::already);
  EXPECT_EQ(list_.replace("x", server("n"), 5), Change::mismatch);
  EXPECT_EQ(show(list_), "x y");
}

TEST_F(BuddyListTest, AnythingButTheNextChangeIsAMismatch) {
  list_.assign(row(5, "x", "y"), 0);
  EXPECT_EQ(list_.replace("x", server("n"), 7), Change::mismatch) << "a change was lost";
  EXPECT_EQ(list_.replace("q", server("n"), 6), Change::mismatch) << "no such buddy";
  EXPECT_EQ(list_.replace("", server("n"), 6), Change::mismatch) << "not alone";
  EXPECT_EQ(list_.replace("x", server("me"), 6), Change::mismatch) << "not the last of two";
  EXPECT_EQ(show(list_), "x y");
  EXPECT_EQ(list_.epoch(), 5U);
}

TEST_F(BuddyListTest, ARowOlderThanTheListIsIgnored) {
  list_.assign(row(5, "x", "y"), 0);
  EXPECT_FALSE(list_.assign(row(4, "p", "q"), 0));
  EXPECT_EQ(show(list_), "x y");
  EXPECT_TRUE(list_.assign(row(5, "p", "q"), 0));
  EXPECT_EQ(show(list_), "p q");
}

TEST_F(BuddyListTest, ARowOlderThanTheListCountsWhenNothingCanHaveOvertakenIt) {
  // A forged ServerReplace, or a table restored from a backup: the list is ahead.
  list_.assign(row(5, "x", "y"), 0);
  EXPECT_EQ(list_.replace("x", server("phantom"), 6), Change::applied);
  EXPECT_FALSE(list_.assign(row(5, "x", "y"), 5)) << "asked before the list moved";
  EXPECT_TRUE(list_.assign(row(5, "x", "y"), 6)) << "asked after";
  EXPECT_EQ(show(list_), "x y");
}

}  // namespace
}  // namespace buddyring
