// SPDX-License-Identifier: Apache-2.0
#include "core/introduction.h"

#include <gtest/gtest.h>

namespace buddyring {
namespace {

using Step = Introduction::Step;

constexpr Instant start{std::chrono::seconds{1}};

BuddyRow row(const std::string& name) {
  return {.server = {.name = name, .address = {}, .replace_port = 1, .incarnation = 1}, .epoch = 1};
}
const BesideReply place{.known = false, .beside = row("s1"), .next = row("s2")};

class IntroductionTest : public ::testing::Test {
 protected:
  IntroductionTest() { introduction_.begin(start); }
  Introduction introduction_;
};

TEST_F(IntroductionTest, InAnEmptyPoolThereIsNobodyToTell) {
  EXPECT_EQ(introduction_.step(), Step::ask_place);
  EXPECT_TRUE(introduction_.on_place(start, {}).empty());
  EXPECT_EQ(introduction_.step(), Step::announce);
  EXPECT_EQ(introduction_.beside(), "");
}

TEST_F(IntroductionTest, OneAcknowledgementIsEnough) {
  const auto others = introduction_.on_place(start, place);
  ASSERT_EQ(others.size(), 2U);
  EXPECT_EQ(introduction_.step(), Step::introduce);
  EXPECT_FALSE(introduction_.on_expect_ended("s1", false));
  EXPECT_EQ(introduction_.step(), Step::introduce);
  EXPECT_FALSE(introduction_.on_expect_ended("s2", true));
  EXPECT_EQ(introduction_.step(), Step::announce);
  EXPECT_EQ(introduction_.beside(), "s1");
}

TEST_F(IntroductionTest, ThePoolsOnlyServerIsToldOnce) {
  EXPECT_EQ(introduction_.on_place(start, {.known = false, .beside = row("s1"), .next = row("s1")}).size(), 1U);
}

TEST_F(IntroductionTest, WhereNobodyAnswersAnotherPlaceIsAskedFor) {
  static_cast<void>(introduction_.on_place(start, place));
  EXPECT_FALSE(introduction_.on_expect_ended("s1", false));
  EXPECT_TRUE(introduction_.on_expect_ended("s2", false));
  EXPECT_EQ(introduction_.step(), Step::ask_place);
}

TEST_F(IntroductionTest, AnAnswerFromAnEarlierPlaceIsNone) {
  static_cast<void>(introduction_.on_place(start, place));
  introduction_.begin_again();
  static_cast<void>(introduction_.on_place(start, {.known = false, .beside = row("s3"), .next = row("s4")}));
  EXPECT_FALSE(introduction_.on_expect_ended("s2", true));
  EXPECT_EQ(introduction_.step(), Step::introduce);
}

TEST_F(IntroductionTest, AfterItsPatienceItAnnouncesAnyhow) {
  EXPECT_TRUE(introduction_.on_place(start + limits::introduction_patience, place).empty());
  EXPECT_EQ(introduction_.step(), Step::announce);
  EXPECT_EQ(introduction_.beside(), "");
}

}  // namespace
}  // namespace buddyring
