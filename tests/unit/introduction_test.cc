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
const BesideReply known{.known = true, .beside = {}, .next = {}};
const OwnRow own{.incarnation = 1, .epoch = 1, .buddy_a = row("s1"), .buddy_b = row("s2")};
const std::optional<ReplaceAck> heard{{.code = AckCode::applied}};
const std::optional<ReplaceAck> unreachable{};

std::optional<ReplaceAck> refused(Refusal refusal) { return ReplaceAck{.refusal = refusal}; }

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
  EXPECT_FALSE(introduction_.on_expect_ended("s1", unreachable));
  EXPECT_EQ(introduction_.step(), Step::introduce);
  EXPECT_FALSE(introduction_.on_expect_ended("s2", heard));
  EXPECT_EQ(introduction_.step(), Step::announce);
  EXPECT_EQ(introduction_.beside(), "s1");
}

TEST_F(IntroductionTest, ThePoolsOnlyServerIsToldOnce) {
  EXPECT_EQ(introduction_.on_place(start, {.known = false, .beside = row("s1"), .next = row("s1")}).size(), 1U);
}

TEST_F(IntroductionTest, WhereNobodyAnswersAnotherPlaceIsAskedFor) {
  static_cast<void>(introduction_.on_place(start, place));
  EXPECT_FALSE(introduction_.on_expect_ended("s1", unreachable));
  EXPECT_TRUE(introduction_.on_expect_ended("s2", unreachable));
  EXPECT_EQ(introduction_.step(), Step::ask_place);
}

TEST_F(IntroductionTest, AnAnswerFromAnEarlierPlaceIsNone) {
  static_cast<void>(introduction_.on_place(start, place));
  introduction_.begin_again();
  static_cast<void>(introduction_.on_place(start, {.known = false, .beside = row("s3"), .next = row("s4")}));
  EXPECT_FALSE(introduction_.on_expect_ended("s2", heard));
  EXPECT_EQ(introduction_.step(), Step::introduce);
}

TEST_F(IntroductionTest, WhomSomebodyDoesNotHearToTheEndIsNotAnnounced) {
  static_cast<void>(introduction_.on_place(start, place));
  EXPECT_FALSE(introduction_.on_expect_ended("s1", refused(Refusal::unheard)));
  EXPECT_TRUE(introduction_.on_expect_ended("s2", refused(Refusal::unprobed)));
  static_cast<void>(introduction_.on_place(start + limits::introduction_patience, place));
  EXPECT_EQ(introduction_.step(), Step::unheard);
  EXPECT_EQ(introduction_.unheard_by(), std::vector<std::string>{"s1"});
}

TEST_F(IntroductionTest, WhoDidNotHearUsAndDiedIsNoProof) {
  static_cast<void>(introduction_.on_place(start, place));
  EXPECT_FALSE(introduction_.on_expect_ended("s1", refused(Refusal::unheard)));
  EXPECT_TRUE(introduction_.on_expect_ended("s2", unreachable));
  static_cast<void>(introduction_.on_place(start, place));
  EXPECT_FALSE(introduction_.on_expect_ended("s1", unreachable));
  EXPECT_TRUE(introduction_.on_expect_ended("s2", unreachable));
  static_cast<void>(introduction_.on_place(start + limits::introduction_patience, place));
  EXPECT_EQ(introduction_.step(), Step::announce);
}

TEST_F(IntroductionTest, OneThatHearsUsIsEnoughWhateverOthersSay) {
  static_cast<void>(introduction_.on_place(start, place));
  EXPECT_FALSE(introduction_.on_expect_ended("s1", refused(Refusal::unheard)));
  EXPECT_FALSE(introduction_.on_expect_ended("s2", heard));
  EXPECT_EQ(introduction_.step(), Step::announce);
}

TEST_F(IntroductionTest, WhetherAnAddressIsTakenIsTheTablesToSay) {
  static_cast<void>(introduction_.on_place(start, place));
  EXPECT_FALSE(introduction_.on_expect_ended("s1", refused(Refusal::mismatch)));
  EXPECT_EQ(introduction_.step(), Step::announce);
}

TEST_F(IntroductionTest, WhoHasARowAsksItsOwnBuddies) {
  EXPECT_TRUE(introduction_.on_place(start, known).empty());
  EXPECT_EQ(introduction_.step(), Step::ask_row);
  ASSERT_EQ(introduction_.on_row(own).size(), 2U);
  EXPECT_EQ(introduction_.step(), Step::introduce);
  EXPECT_FALSE(introduction_.on_expect_ended("s2", heard));
  EXPECT_EQ(introduction_.step(), Step::announce);
  EXPECT_EQ(introduction_.beside(), "s1") << "in case the row has gone meanwhile";
}

TEST_F(IntroductionTest, WhoHasARowAndReachesNeitherBuddyRejoinsAtOnce) {
  static_cast<void>(introduction_.on_place(start, known));
  static_cast<void>(introduction_.on_row(own));
  EXPECT_FALSE(introduction_.on_expect_ended("s1", unreachable));
  EXPECT_FALSE(introduction_.on_expect_ended("s2", refused(Refusal::not_member)));
  EXPECT_EQ(introduction_.step(), Step::announce);
}

TEST_F(IntroductionTest, WhoHasARowAndIsNotHeardDoesNotRejoin) {
  static_cast<void>(introduction_.on_place(start, known));
  static_cast<void>(introduction_.on_row(own));
  EXPECT_FALSE(introduction_.on_expect_ended("s1", refused(Refusal::unheard)));
  EXPECT_TRUE(introduction_.on_expect_ended("s2", unreachable));
  static_cast<void>(introduction_.on_place(start + limits::introduction_patience, known));
  EXPECT_EQ(introduction_.step(), Step::unheard);
}

TEST_F(IntroductionTest, WhoseRowIsAloneOrGoneAsksNobody) {
  static_cast<void>(introduction_.on_place(start, known));
  EXPECT_TRUE(introduction_.on_row(OwnRow{.incarnation = 1, .epoch = 1, .buddy_a = {}, .buddy_b = {}}).empty());
  EXPECT_EQ(introduction_.step(), Step::announce);
  static_cast<void>(introduction_.on_place(start, known));
  EXPECT_TRUE(introduction_.on_row(std::nullopt).empty());
  EXPECT_EQ(introduction_.step(), Step::ask_place);
}

TEST_F(IntroductionTest, ThePauseAfterNobodyHeardUsDoublesUntilWeAreAnnounced) {
  const auto pause = [this] { return introduction_.begin_later(start) - start; };
  EXPECT_EQ(pause(), limits::unheard_pause_first);
  EXPECT_EQ(pause(), 2 * limits::unheard_pause_first);
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(pause());
  }
  EXPECT_EQ(pause(), limits::unheard_pause_max);
  introduction_.on_announced();
  EXPECT_EQ(pause(), limits::unheard_pause_first);
}

TEST_F(IntroductionTest, AfterItsPatienceItAnnouncesAnyhow) {
  EXPECT_TRUE(introduction_.on_place(start + limits::introduction_patience, place).empty());
  EXPECT_EQ(introduction_.step(), Step::announce);
  EXPECT_EQ(introduction_.beside(), "");
}

}  // namespace
}  // namespace buddyring
