// SPDX-License-Identifier: Apache-2.0
// Runs in which the simulator found a failure of the core, by seed. The drawn
// faults of a seed change when the simulator does, so each is told in words, too.
#include <gtest/gtest.h>

#include "tests/sim/run.h"

namespace buddyring::sim {
namespace {

void expect_good(uint64_t seed, Nanos length) {
  RunOptions options;
  options.wishes.seed = seed;
  options.length = length;
  options.faults.fill(true);
  const RunReport report = run_seed(options, Trace::Lines::none);
  EXPECT_EQ(report.failure, "") << "build/tests/sim --seed=" << seed;
  EXPECT_EQ(report.result.hash, run_seed(options, Trace::Lines::none).result.hash);
}

constexpr Nanos usual = 360 * second;

// The list changed under an inquiry whose verdict was still to be asked for.
TEST(Found, AVerdictOnWhomIsNoBuddyAnyMore) { expect_good(21, usual); }

// Buddies were judged at full ticks, inquiries concluded at half ticks too.
TEST(Found, AVerdictOnWhomTheKernelHasHeardSince) {
  expect_good(6, usual);
  expect_good(10, usual);
}

// A run's member was heard between the conclusion and the asking.
TEST(Found, ARunOfWhichOneWasHeardSince) { expect_good(59, usual); }

// The table's new list of those beyond came under an old conclusion.
TEST(Found, AWitnessWhoWasNeverHeard) { expect_good(48, usual); }

// Everybody else dead, more of them than are asked about.
TEST(Found, TheLoneSurvivorOfMany) {
  expect_good(18, usual);
  expect_good(66, usual);
}

// The commit was done, its reply lost, the partition over: four servers went on
// in a ring that the table no longer knew.
TEST(Found, ADeletionThatNobodyHeardOf) { expect_good(59, usual); }

// All places for messages were taken when a newcomer was to be introduced.
TEST(Found, AnIntroductionThatWasNeverSent) {
  expect_good(1188, usual);
  expect_good(1472, usual);
}

// The accuser was stopped while it waited for a witness.
TEST(Found, AWordAsOldAsTheAccusersOwnStall) { expect_good(1322, usual); }

}  // namespace
}  // namespace buddyring::sim
