// SPDX-License-Identifier: Apache-2.0
// Rise and fall: the table of docs/life-cycle.md, and counting.
#include "core/health_count.h"

#include <gtest/gtest.h>

#include <string>

namespace buddyring {
namespace {

// What became of it after each check: '+' succeeded, '-' failed; 't' there, 'g' gone, 'a' awaited.
std::string after(HealthCount count, const std::string& checks) {
  std::string states;
  for (const char check : checks) {
    const bool was_there = count.there();
    const bool changed = count.note(check == '+');
    EXPECT_EQ(changed, was_there != count.there()) << checks;
    states += "atg"[static_cast<size_t>(count.state())];
  }
  return states;
}

constexpr HealthLimits usual{.rise = 2, .fall = 3};

TEST(HealthCount, BeginsWithTheFirstSuccessHoweverManyFailuresCameBefore) {
  EXPECT_EQ(after({usual, false}, "+"), "t");
  EXPECT_EQ(after({usual, false}, "------+"), "aaaaaat");
}

TEST(HealthCount, IsGoneAfterFallFailuresInARow) {
  EXPECT_EQ(after({usual, false}, "+---"), "tttg");
  EXPECT_EQ(after({usual, false}, "+--+--+--"), "ttttttttt") << "never three in a row";
  EXPECT_EQ(after({{.rise = 2, .fall = 1}, false}, "+-"), "tg");
}

TEST(HealthCount, ReturnsAfterRiseSuccessesInARow) {
  EXPECT_EQ(after({usual, false}, "+---+-++"), "tttggggt");
  EXPECT_EQ(after({{.rise = 1, .fall = 3}, false}, "+---+"), "tttgt");
}

TEST(HealthCount, CountsAnewOnceItIsBackOrGone) {
  EXPECT_EQ(after({usual, false}, "+---++---"), "tttggtttg");
  EXPECT_EQ(after({usual, false}, "+--------++--+"),
            "tttggggggg"
            "tttt")
      << "long gone is no worse than gone";
}

TEST(HealthCount, TakenOverIsThereUntilItFails) {
  EXPECT_EQ(after({usual, true}, "--+---"), "tttttg");
  EXPECT_TRUE(HealthCount(usual, true).there());
  EXPECT_FALSE(HealthCount(usual, false).there());
}

TEST(HealthCount, EveryCellOfTheTable) {
  using enum HealthState;
  const HealthTable expected = {
      {{there, there, awaited, awaited}, {there, there, there, gone}, {gone, there, gone, gone}}};
  EXPECT_EQ(health_table, expected);
}

}  // namespace
}  // namespace buddyring
