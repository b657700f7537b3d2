// SPDX-License-Identifier: Apache-2.0
// The judge: what is a miss, what is void, and every row of its table.
#include "core/detector.h"

#include <gtest/gtest.h>

namespace buddyring {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr Duration interval = milliseconds{10};

class DetectorTest : public ::testing::Test {
 protected:
  // One whole cycle: probe now, judged an interval later by what `seen` says.
  DetectorAction cycle(bool answered, Detector::Fitness own = {}) {
    const uint64_t number = detector_.begin_cycle(now_, heard_);
    seen_.departed_number = number;
    seen_.departed = now_ + microseconds{20};
    if (answered) {
      seen_.last_live = now_ + microseconds{60};
    }
    // The other buddy answers, whatever this one does.
    heard_ = others_live_ ? now_ + microseconds{60} : heard_;
    now_ += interval;
    return detector_.judge(now_, seen_, own);
  }

  Instant now_{milliseconds{1000}};
  Instant heard_{};
  bool others_live_ = true;
  Observation seen_;
  Detector detector_{{.interval = interval, .misses = 3}};
};

TEST_F(DetectorTest, AnsweredCyclesKeepABuddyAlive) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(cycle(true), DetectorAction::none);
    EXPECT_EQ(detector_.state(), BuddyState::alive);
  }
}

TEST_F(DetectorTest, MissesInARowCondemn) {
  EXPECT_EQ(cycle(true), DetectorAction::none);
  EXPECT_EQ(cycle(false), DetectorAction::suspect);
  EXPECT_EQ(cycle(false), DetectorAction::none);
  EXPECT_EQ(detector_.state(), BuddyState::suspect);
  EXPECT_EQ(cycle(false), DetectorAction::condemn);
  EXPECT_EQ(detector_.misses(), 3U);
  EXPECT_EQ(cycle(false), DetectorAction::none) << "one verdict a death";
}

TEST_F(DetectorTest, OneAnswerClearsTheMisses) {
  cycle(false);
  cycle(false);
  EXPECT_EQ(cycle(true), DetectorAction::recover);
  EXPECT_EQ(detector_.misses(), 0U);
  EXPECT_EQ(cycle(false), DetectorAction::suspect);
}

TEST_F(DetectorTest, ALateAnswerIsLife) {
  // Round trips of 2.5 intervals: each cycle ends without its own answer.
  for (int i = 0; i < 10; ++i) {
    const uint64_t number = detector_.begin_cycle(now_, heard_);
    seen_.departed_number = number;
    seen_.departed = now_;
    seen_.last_live = now_ + interval / 2;  // to an earlier probe
    now_ += interval;
    EXPECT_EQ(detector_.judge(now_, seen_, {}), DetectorAction::none);
  }
}

TEST_F(DetectorTest, AnAnswerTheKernelStampedCountsHoweverLateTheAgentLooks) {
  const uint64_t number = detector_.begin_cycle(now_, heard_);
  seen_.departed_number = number;
  seen_.departed = now_;
  seen_.last_live = now_ + microseconds{50};
  now_ += 100 * interval;
  EXPECT_EQ(detector_.judge(now_, seen_, {.lateness = 99 * interval}), DetectorAction::none);
  EXPECT_EQ(detector_.last_end(), CycleEnd::answered);
}

TEST_F(DetectorTest, AStallOfTheJudgeVoidsTheCycle) {
  EXPECT_EQ(cycle(false, {.lateness = interval + microseconds{1}}), DetectorAction::none);
  EXPECT_EQ(detector_.last_end(), CycleEnd::voided);
  EXPECT_EQ(cycle(false, {.lateness = interval}), DetectorAction::suspect) << "up to an interval is no stall";
}

TEST_F(DetectorTest, VoidCyclesNeitherCountNorClear) {
  cycle(false);
  cycle(false);
  EXPECT_EQ(cycle(false, {.lateness = 2 * interval}), DetectorAction::none);
  EXPECT_EQ(detector_.misses(), 2U);
  EXPECT_EQ(detector_.state(), BuddyState::suspect);
  EXPECT_EQ(cycle(false), DetectorAction::condemn);
}

TEST_F(DetectorTest, AServerWithoutCarrierAccusesNobody) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(cycle(false, {.lateness = {}, .carrier = false}), DetectorAction::none);
  }
  EXPECT_EQ(detector_.state(), BuddyState::alive);
}

TEST_F(DetectorTest, AProbeThatLeftTooLateIsVoid) {
  const uint64_t number = detector_.begin_cycle(now_, heard_);
  seen_.departed_number = number;
  seen_.departed = now_ + interval - microseconds{100};
  now_ += interval;
  EXPECT_EQ(detector_.judge(now_, seen_, {}), DetectorAction::none);
  EXPECT_EQ(detector_.last_end(), CycleEnd::voided);
}

TEST_F(DetectorTest, ATickRightAfterALateOneJudgesNothing) {
  detector_.begin_cycle(now_, heard_);
  now_ += interval / 4;
  EXPECT_EQ(detector_.judge(now_, seen_, {}), DetectorAction::none);
  EXPECT_EQ(detector_.last_end(), CycleEnd::voided);
}

TEST_F(DetectorTest, AProbeThatNeverLeftIsAMiss) {
  // The neighbour does not resolve: nothing departs, for long enough.
  for (const auto expected : {DetectorAction::suspect, DetectorAction::none, DetectorAction::condemn}) {
    detector_.begin_cycle(now_, heard_);
    heard_ = now_ + microseconds{60};
    now_ += interval;
    EXPECT_EQ(detector_.judge(now_, seen_, {}), expected);
  }
}

TEST_F(DetectorTest, AnAnswerToAProbeThatWasNotSeenLeavingMakesBlindNotDead) {
  for (int i = 0; i < 5; ++i) {
    detector_.begin_cycle(now_, heard_);
    seen_.unstamped = heard_ = now_ + microseconds{60};
    now_ += interval;
    EXPECT_EQ(detector_.judge(now_, seen_, {}), DetectorAction::none);
    EXPECT_EQ(detector_.last_end(), CycleEnd::voided);
  }
}

TEST_F(DetectorTest, AProbeThatFailedThroughOurFaultIsNoCycle) {
  cycle(true);
  detector_.begin_cycle(now_, heard_);
  detector_.probe_failed();
  EXPECT_EQ(detector_.last_end(), CycleEnd::voided) << "it could not judge";
  now_ += interval;
  EXPECT_EQ(detector_.judge(now_, seen_, {}), DetectorAction::none);
  EXPECT_EQ(detector_.misses(), 0U);
}

// --- hurried cycles ---------------------------------------------------------------

class HurriedTest : public DetectorTest {
 protected:
  static constexpr Duration check = interval / checks_an_interval;

  void hear_answer(Duration rtt) {
    ++seen_.live_answers;
    seen_.rtt = rtt;
    EXPECT_EQ(detector_.hear(seen_), DetectorAction::none);
  }
  DetectorAction hurried_cycle() {
    seen_.departed_number = detector_.begin_cycle(now_, heard_);
    seen_.departed = now_;
    EXPECT_FALSE(detector_.ends_at_check(now_ + check / 2 - Duration{1}, check));
    now_ += check;
    EXPECT_TRUE(detector_.ends_at_check(now_, check));
    return detector_.judge(now_, seen_, {});
  }
};

TEST_F(HurriedTest, TheFirstMissTakesAnIntervalAndTheOthersAQuarter) {
  hear_answer(microseconds{60});
  detector_.begin_cycle(now_, heard_);
  EXPECT_FALSE(detector_.ends_at_check(now_ + 3 * check, check)) << "the first miss takes all its time";
  EXPECT_EQ(cycle(false), DetectorAction::suspect);
  EXPECT_EQ(hurried_cycle(), DetectorAction::none);
  EXPECT_EQ(hurried_cycle(), DetectorAction::condemn);
  EXPECT_FALSE(detector_.hurries());
}

TEST_F(HurriedTest, WhoWasNeverHeardIsNotHurried) {
  EXPECT_EQ(cycle(false), DetectorAction::suspect);
  EXPECT_FALSE(detector_.hurries());
}

TEST_F(HurriedTest, AnswersMustFitTwice) {
  hear_answer(check / 2 + Duration{1});
  EXPECT_EQ(cycle(false), DetectorAction::suspect);
  EXPECT_FALSE(detector_.hurries());
}

TEST_F(HurriedTest, ASlowAnswerIsRememberedForAWhile) {
  hear_answer(check);
  for (int fast = 0; fast < 10; ++fast) {
    hear_answer(microseconds{60});
  }
  EXPECT_EQ(cycle(false), DetectorAction::suspect);
  EXPECT_FALSE(detector_.hurries());
  EXPECT_EQ(cycle(true), DetectorAction::recover);
  hear_answer(microseconds{60});
  EXPECT_EQ(cycle(false), DetectorAction::suspect);
  EXPECT_TRUE(detector_.hurries());
}

TEST_F(HurriedTest, WhoHearsNobodyDoesNotHurryForEver) {
  hear_answer(microseconds{60});
  others_live_ = false;
  EXPECT_EQ(cycle(false), DetectorAction::suspect);
  for (int missed = 1; missed < 2 * 3; ++missed) {
    EXPECT_TRUE(detector_.hurries());
    EXPECT_EQ(hurried_cycle(), DetectorAction::none);
  }
  EXPECT_FALSE(detector_.hurries());
}

TEST_F(HurriedTest, AHurriedProbeThatLeftLateIsVoid) {
  hear_answer(microseconds{60});
  cycle(false);
  seen_.departed_number = detector_.begin_cycle(now_, heard_);
  now_ += check;
  seen_.departed = now_ - check / 2 + Duration{1};
  EXPECT_EQ(detector_.judge(now_, seen_, {}), DetectorAction::none);
  EXPECT_EQ(detector_.last_end(), CycleEnd::voided);
  EXPECT_EQ(detector_.misses(), 1U);
}

TEST_F(DetectorTest, NothingIsJudgedBeforeTheFirstCycle) {
  EXPECT_EQ(detector_.judge(now_, seen_, {}), DetectorAction::none);
  EXPECT_EQ(detector_.state(), BuddyState::alive);
}

TEST_F(DetectorTest, WhoHearsNobodyCondemnsNobody) {
  others_live_ = false;
  EXPECT_EQ(cycle(false), DetectorAction::suspect);
  EXPECT_TRUE(detector_.needs_proof(heard_));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(cycle(false), DetectorAction::none);
  }
  EXPECT_EQ(detector_.state(), BuddyState::suspect);
}

TEST_F(DetectorTest, AProofDuringTheMissesCondemnsWithoutDelay) {
  others_live_ = false;
  EXPECT_EQ(cycle(false), DetectorAction::suspect);
  heard_ = now_ + milliseconds{1};  // the registry, asked after the first miss
  EXPECT_FALSE(detector_.needs_proof(heard_));
  EXPECT_EQ(cycle(false), DetectorAction::none);
  EXPECT_EQ(cycle(false), DetectorAction::condemn);
}

TEST_F(DetectorTest, AProofAfterEnoughMissesNeedsAProbeThatFollowsIt) {
  others_live_ = false;
  for (int i = 0; i < 5; ++i) {
    cycle(false);
  }
  heard_ = now_;  // the path has just opened
  EXPECT_EQ(cycle(true), DetectorAction::recover) << "the probe that followed was answered";
}

TEST_F(DetectorTest, AProofFromBeforeTheMissesIsNone) {
  others_live_ = false;
  heard_ = now_ - interval;
  for (int i = 0; i < 5; ++i) {
    EXPECT_NE(cycle(false), DetectorAction::condemn);
  }
}

TEST_F(DetectorTest, ACondemnedBuddyThatAnswersIsRetracted) {
  cycle(false);
  cycle(false);
  cycle(false);
  EXPECT_EQ(cycle(true), DetectorAction::retract);
  EXPECT_EQ(detector_.state(), BuddyState::alive);
}

TEST_F(DetectorTest, ADoubtedVerdictNeedsOneMoreMiss) {
  cycle(false);
  cycle(false);
  cycle(false);
  detector_.doubt();
  EXPECT_EQ(detector_.state(), BuddyState::suspect);
  EXPECT_EQ(cycle(false), DetectorAction::condemn);
}

TEST_F(DetectorTest, DoubtWithoutAVerdictChangesNothing) {
  cycle(false);
  detector_.doubt();
  EXPECT_EQ(detector_.misses(), 1U);
  EXPECT_EQ(detector_.state(), BuddyState::suspect);
}

}  // namespace
}  // namespace buddyring
