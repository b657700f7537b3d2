// SPDX-License-Identifier: Apache-2.0
#include "core/inquiry.h"

#include <gtest/gtest.h>

#include "core/limits.h"

namespace buddyring {
namespace {

using std::chrono::milliseconds;

constexpr Instant start{std::chrono::seconds{1}};
constexpr DetectionSettings settings{.interval = milliseconds{10}, .misses = 3};
constexpr Duration detection_time = 3 * settings.interval;

Server server(const std::string& name) { return {.name = name, .address = {}, .replace_port = 1, .incarnation = 7}; }

// We are "me" with the buddies "dead" and "other"; beyond "dead" come b1, b2, ...
class InquiryTest : public ::testing::Test {
 protected:
  InquiryTest() {
    static_cast<void>(list_.assign({.incarnation = 1,
                                    .epoch = 1,
                                    .buddy_a = BuddyRow{.server = server("dead"), .epoch = 1},
                                    .buddy_b = BuddyRow{.server = server("other"), .epoch = 1}},
                                   0));
    watches_.sync(list_, {});
  }

  // The table says who is beyond: they are watched from now on.
  void beyond(const std::vector<std::string>& names) {
    std::vector<BeyondRow> rows;
    for (const std::string& name : names) {
      rows.push_back({.row = {.server = server(name), .epoch = 5}, .faces_with_a = false});
    }
    inquiry_.on_beyond(start, rows);
    std::vector<const Server*> watched;
    for (const BeyondRow& each : inquiry_.to_watch()) {
      if (each.row.server.name != "me") {
        watched.push_back(&each.row.server);
      }
    }
    watches_.sync(list_, watched);
  }
  void answer(const std::string& name, bool doubts_b, bool word_fresh = true, Epoch epoch = 5) {
    Watch& watch = *watches_.find(name);
    watch.detector.begin_cycle(start, start);
    watch.seen.last_live = start;
    watch.seen.word_fresh = word_fresh;
    watch.seen.doubts_b = doubts_b;
    watch.seen.epoch = epoch;
    static_cast<void>(watch.detector.judge(start + settings.interval, watch.seen, {}));
  }
  void condemn(const std::string& name) {
    Watch& watch = *watches_.find(name);
    for (unsigned i = 0; i < settings.misses; ++i) {
      const Instant sent = start + i * settings.interval;
      watch.detector.begin_cycle(sent, sent);
      static_cast<void>(watch.detector.judge(sent + settings.interval, watch.seen, {}));
    }
    ASSERT_EQ(watch.detector.state(), BuddyState::condemned) << name;
    watch.condemned_at = start;
  }
  // Each miss with the word of its own kernel that its agent is not to be seen, but for the first `silent`.
  void condemn_by_testimony(const std::string& name, unsigned silent = 0) {
    Watch& watch = *watches_.find(name);
    watch.seen.last_other_class = AnswerClass::stale_lease;
    for (unsigned i = 0; i < settings.misses; ++i) {
      const Instant sent = start + i * settings.interval;
      watch.detector.begin_cycle(sent, sent);
      watch.seen.last_other = i < silent ? sent - Duration{1} : sent + Duration{1};
      static_cast<void>(watch.detector.judge(sent + settings.interval, watch.seen, {}));
    }
    ASSERT_EQ(watch.detector.state(), BuddyState::condemned) << name;
  }
  // As a buddy that was heard before it fell silent.
  void hear_before(const std::string& name) {
    watches_.find(name)->seen.last_live = start - Duration{1};
    watches_.find(name)->seen.counts_us = true;
  }
  FindingKind conclude(Duration after = {}) {
    static_cast<void>(inquiry_.conclude(start + after, watches_, "me"));
    return inquiry_.finding().kind;
  }

  BuddyList list_{"me"};
  WatchSet watches_{settings};
  Inquiry inquiry_{server("dead"), settings};
};

TEST_F(InquiryTest, AsksTheTableFirst) {
  condemn("dead");
  EXPECT_TRUE(inquiry_.wants_beyond());
  EXPECT_EQ(conclude(), FindingKind::undecided);
  EXPECT_FALSE(inquiry_.wants_deletion());
}

TEST_F(InquiryTest, WaitsForTheOwnVerdict) {
  beyond({"b1"});
  answer("b1", true);
  EXPECT_EQ(conclude(), FindingKind::undecided);
}

TEST_F(InquiryTest, AWitnessThatConcursIsEnough) {
  condemn("dead");
  beyond({"b1", "b2", "b3"});
  answer("b1", true);
  EXPECT_EQ(conclude(), FindingKind::dead);
  EXPECT_TRUE(inquiry_.wants_deletion());
  EXPECT_EQ(inquiry_.finding().word, WitnessWord::concurs);
  EXPECT_EQ(inquiry_.witness(), "b1");
  EXPECT_TRUE(inquiry_.run().empty());
  EXPECT_EQ(inquiry_.to_watch().size(), 1U) << "nobody behind the witness";
}

TEST_F(InquiryTest, WhatWasFoundBeforeTheTableSpokeAgainIsVoid) {
  condemn("dead");
  beyond({"b1"});
  answer("b1", true);
  ASSERT_EQ(conclude(), FindingKind::dead);
  beyond({"b2", "b1"});
  EXPECT_FALSE(inquiry_.wants_deletion());
  EXPECT_EQ(conclude(), FindingKind::undecided);
}

TEST_F(InquiryTest, AWitnessThatHearsItContests) {
  condemn("dead");
  beyond({"b1", "b2"});
  answer("b1", false);
  EXPECT_EQ(conclude(), FindingKind::contested);
  EXPECT_FALSE(inquiry_.wants_deletion());
}

TEST_F(InquiryTest, TheRightSideOfTheWitnessCounts) {
  condemn("dead");
  beyond({"b1"});
  answer("b1", false);
  watches_.find("b1")->seen.doubts_a = true;  // its buddy on the far side
  EXPECT_EQ(conclude(), FindingKind::contested);
}

TEST_F(InquiryTest, AWitnessWithAnotherRowIsAskedAboutAnew) {
  condemn("dead");
  beyond({"b1"});
  answer("b1", true, true, 6);
  EXPECT_EQ(conclude(), FindingKind::outdated);
  EXPECT_FALSE(inquiry_.wants_beyond()) << "not at once";
  EXPECT_EQ(conclude(settings.interval), FindingKind::outdated);
  EXPECT_TRUE(inquiry_.wants_beyond());
}

TEST_F(InquiryTest, AWitnessThatCannotJudgeIsWaitedFor) {
  condemn("dead");
  beyond({"b1"});
  answer("b1", false, false);
  EXPECT_EQ(conclude(), FindingKind::abstains);
  watches_.find("b1")->seen.last_live = start + detection_time;
  EXPECT_EQ(conclude(detection_time - Duration{1}), FindingKind::abstains);
  EXPECT_EQ(conclude(detection_time), FindingKind::dead);
  EXPECT_EQ(inquiry_.finding().word, WitnessWord::abstains);
}

TEST_F(InquiryTest, WhomItsOwnKernelTestifiesAgainstNeedsNoSecondOpinion) {
  condemn_by_testimony("dead");
  beyond({"b1", "b2"});
  EXPECT_EQ(conclude(), FindingKind::undecided) << "the witness is not known to live";
  answer("b1", false);
  EXPECT_EQ(conclude(), FindingKind::dead);
  EXPECT_EQ(inquiry_.finding().word, WitnessWord::abstains);
  EXPECT_EQ(inquiry_.witness(), "b1");
  EXPECT_TRUE(inquiry_.run().empty());
}

TEST_F(InquiryTest, ATestimonyDoesNotWaitForAWitnessThatCannotJudge) {
  condemn_by_testimony("dead");
  beyond({"b1"});
  answer("b1", false, false);
  EXPECT_EQ(conclude(), FindingKind::dead);
}

TEST_F(InquiryTest, ASilentMissIsNoTestimony) {
  condemn_by_testimony("dead", 1);
  beyond({"b1"});
  answer("b1", false);
  EXPECT_EQ(conclude(), FindingKind::contested);
}

TEST_F(InquiryTest, ATestimonySaysNothingOfThoseBeyond) {
  condemn_by_testimony("dead");
  beyond({"b1", "b2"});
  condemn("b1");
  answer("b2", false);
  EXPECT_EQ(conclude(), FindingKind::contested);
}

TEST_F(InquiryTest, ATestimonyIsNotWaitedOutWhenNobodyIsLeft) {
  condemn_by_testimony("dead");
  hear_before("dead");
  beyond({"me"});
  EXPECT_EQ(conclude(), FindingKind::dead);
  EXPECT_EQ(inquiry_.finding().word, WitnessWord::closed);
}

TEST_F(InquiryTest, ARunIsDeletedAtOnce) {
  condemn("dead");
  beyond({"b1", "b2", "b3"});
  condemn("b1");
  EXPECT_EQ(conclude(), FindingKind::undecided) << "b2 is not known yet";
  condemn("b2");
  answer("b3", true);
  EXPECT_EQ(conclude(), FindingKind::dead);
  EXPECT_EQ(inquiry_.witness(), "b3");
  EXPECT_EQ(inquiry_.run(), (std::vector<RunMember>{{"b1", 7}, {"b2", 7}}));
}

TEST_F(InquiryTest, WithoutAWitnessABuddyThatWasNeverHeardIsWaitedForLong) {
  watches_.find("dead")->first_tick = start;
  condemn("dead");
  beyond({"me"});
  static_cast<void>(conclude());
  EXPECT_EQ(conclude(limits::stranger_patience - Duration{1}), FindingKind::undecided);
  EXPECT_EQ(conclude(limits::stranger_patience), FindingKind::dead);
}

TEST_F(InquiryTest, SoIsABuddyThatDidNotCountUs) {
  watches_.find("dead")->first_tick = start;
  condemn("dead");
  hear_before("dead");
  watches_.find("dead")->seen.counts_us = false;
  beyond({"me"});
  static_cast<void>(conclude());
  EXPECT_EQ(conclude(limits::stranger_patience - Duration{1}), FindingKind::undecided);
  EXPECT_EQ(conclude(limits::stranger_patience), FindingKind::dead);
}

TEST_F(InquiryTest, WhoHeardItAMomentAgoStandsForItWhenItDiesItself) {
  condemn("dead");
  beyond({"b1", "b2"});
  answer("b1", false);
  ASSERT_EQ(conclude(), FindingKind::contested);
  watches_.find("b1")->seen = {};
  condemn("b1");
  answer("b2", true);
  EXPECT_EQ(conclude(), FindingKind::undecided);
  watches_.find("b2")->seen.last_live = start + 4 * detection_time;
  EXPECT_EQ(conclude(4 * detection_time - Duration{1}), FindingKind::undecided);
  EXPECT_EQ(conclude(4 * detection_time), FindingKind::dead);
}

TEST_F(InquiryTest, AnAbstentionThatWasWaitedOutStaysWaitedOut) {
  condemn("dead");
  beyond({"b1"});
  answer("b1", false, false);
  static_cast<void>(conclude());
  watches_.find("b1")->seen.last_live = start + detection_time;
  EXPECT_EQ(conclude(detection_time), FindingKind::dead);
  EXPECT_EQ(conclude(detection_time + Duration{1}), FindingKind::dead);
}

TEST_F(InquiryTest, WhomOurProbesCannotReachIsWaitedForAndThenDoneWithout) {
  condemn("dead");
  hear_before("dead");
  beyond({"b1"});
  EXPECT_EQ(conclude(), FindingKind::undecided);
  EXPECT_EQ(conclude(limits::carrier_grace + 4 * detection_time - Duration{1}), FindingKind::undecided);
  EXPECT_EQ(conclude(limits::carrier_grace + 4 * detection_time), FindingKind::dead);
  EXPECT_EQ(inquiry_.finding().word, WitnessWord::abstains);
  EXPECT_EQ(inquiry_.witness(), "b1");
}

TEST_F(InquiryTest, AWitnessMakesThatWaitNeedless) {
  watches_.find("dead")->first_tick = start;
  condemn("dead");
  beyond({"b1"});
  answer("b1", true);
  EXPECT_EQ(conclude(), FindingKind::dead);
}

TEST_F(InquiryTest, NobodyLeftIsWaitedOut) {
  condemn("dead");
  hear_before("dead");
  beyond({"me"});
  static_cast<void>(conclude());
  EXPECT_EQ(conclude(settings.interval - Duration{1}), FindingKind::undecided);
  EXPECT_EQ(conclude(settings.interval), FindingKind::dead);
  EXPECT_EQ(inquiry_.finding().word, WitnessWord::closed);
}

TEST_F(InquiryTest, SeveralWithNobodyLeftAreWaitedOutLonger) {
  condemn("dead");
  hear_before("dead");
  beyond({"b1", "me"});
  condemn("b1");
  static_cast<void>(conclude());
  EXPECT_EQ(conclude(detection_time - Duration{1}), FindingKind::undecided);
  EXPECT_EQ(conclude(detection_time), FindingKind::dead);
  EXPECT_EQ(inquiry_.run().size(), 1U);
}

TEST_F(InquiryTest, TheMarkInTheTableIsKeptFreshWhereNobodyIsLeft) {
  condemn("dead");
  hear_before("dead");
  beyond({"me"});
  static_cast<void>(conclude(Duration{limits::mark_window} / 2 - Duration{1}));
  EXPECT_FALSE(inquiry_.wants_beyond());
  static_cast<void>(conclude(Duration{limits::mark_window} / 2));
  EXPECT_TRUE(inquiry_.wants_beyond());
}

TEST_F(InquiryTest, WhoHearsNobodyBeyondDoubtsItselfForLong) {
  condemn("dead");
  hear_before("dead");
  std::vector<std::string> names;
  for (size_t i = 1; i <= limits::beyond_max; ++i) {
    names.push_back("b" + std::to_string(i));
  }
  beyond(names);
  for (const std::string& name : names) {
    condemn(name);
  }
  static_cast<void>(conclude());
  EXPECT_EQ(conclude(4 * detection_time - Duration{1}), FindingKind::silent);
  EXPECT_EQ(conclude(4 * detection_time), FindingKind::dead);
  EXPECT_EQ(inquiry_.finding().word, WitnessWord::beyond);
  EXPECT_EQ(inquiry_.run().size(), limits::beyond_max - 1);
}

TEST_F(InquiryTest, WhatAWitnessSaidBeforeWeSleptCountsForNothing) {
  condemn("dead");
  hear_before("dead");
  beyond({"b1"});
  answer("b1", true);
  EXPECT_EQ(conclude(2 * settings.interval), FindingKind::dead);
  EXPECT_EQ(conclude(2 * settings.interval + Duration{1}), FindingKind::undecided);
}

TEST_F(InquiryTest, PatienceBeginsAnewAfterAPause) {
  condemn("dead");
  hear_before("dead");
  beyond({"me"});
  EXPECT_EQ(conclude(), FindingKind::undecided);
  ASSERT_EQ(conclude(settings.interval), FindingKind::dead);
  inquiry_.pause();
  EXPECT_FALSE(inquiry_.wants_deletion());
  EXPECT_EQ(conclude(detection_time), FindingKind::undecided);
  EXPECT_EQ(conclude(detection_time + settings.interval - Duration{1}), FindingKind::undecided);
  EXPECT_EQ(conclude(detection_time + settings.interval), FindingKind::dead);
}

TEST_F(InquiryTest, ARefusalIsNotRepeatedAtOnce) {
  condemn("dead");
  hear_before("dead");
  beyond({"b1"});
  answer("b1", true);
  ASSERT_EQ(conclude(), FindingKind::dead);
  inquiry_.on_refused(start + limits::refused_pause, true, false);
  EXPECT_TRUE(inquiry_.wants_beyond());
  watches_.find("b1")->seen.last_live = start + limits::refused_pause;
  EXPECT_EQ(conclude(limits::refused_pause - Duration{1}), FindingKind::dead);
  EXPECT_FALSE(inquiry_.wants_deletion());
  static_cast<void>(conclude(limits::refused_pause));
  EXPECT_TRUE(inquiry_.wants_deletion());
}

}  // namespace
}  // namespace buddyring
