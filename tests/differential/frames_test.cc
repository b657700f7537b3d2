// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/frames_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iostream>

#include "posix/clock.h"
#include "tests/differential/episode.h"
#include "tests/differential/subject.h"

namespace buddyring::differential {
namespace {

constexpr int disagreements_told = 5;
// From this many frames on, a run that misses a case has a generator at fault.
constexpr uint64_t frames_for_all_cases = 100'000;

void expect_all_cases(const Tally& tally) {
  const uint64_t least = tally.frames / 100'000;
  for (size_t verdict = 0; verdict < tally.verdicts.size(); ++verdict) {
    EXPECT_GE(tally.verdicts[verdict], least) << name_of(static_cast<buddyring_verdict>(verdict));
    if (verdict != BUDDYRING_DEPARTED) {
      EXPECT_GE(tally.verdicts_at_tc[verdict], least) << name_of(static_cast<buddyring_verdict>(verdict));
    }
  }
  for (size_t answer_class = 0; answer_class < tally.classes.size(); ++answer_class) {
    EXPECT_GE(tally.classes[answer_class], least) << name_of(static_cast<buddyring_answer_class>(answer_class));
  }
  for (const auto& family : tally.answered) {
    for (const uint64_t answers : family) {
      EXPECT_GE(answers, least);
    }
  }
  for (const auto& over_udp : {tally.answered_over_udp, tally.arrived_over_udp}) {
    EXPECT_GE(over_udp[0], least);
    EXPECT_GE(over_udp[1], least);
  }
}

}  // namespace

void test_frames(const Options& options) {
  Subject subject;
  Tally tally;
  int disagreements = 0;
  const Instant began = monotonic_now();
  const std::clock_t cpu_began = std::clock();
  uint64_t index = options.episode.value_or(0);
  std::cout << "seed " << options.seed << '\n';
  for (bool again = true; again; ++index) {
    const uint64_t frames = std::min(frames_per_episode, options.frames - std::min(options.frames, tally.frames));
    Episode episode(subject, tally, options.seed, index, options.episode.has_value());
    if (const auto finding = episode.run(options.episode ? frames_per_episode : frames)) {
      ADD_FAILURE() << *finding;
      ++disagreements;
    }
    again = !options.episode && tally.frames < options.frames && disagreements < disagreements_told;
  }
  const std::chrono::duration<double> took = monotonic_now() - began;
  const double cpu_s = static_cast<double>(std::clock() - cpu_began) / CLOCKS_PER_SEC;
  std::cout << tally.frames << " frames, " << tally.agreed << " agreements, " << disagreements << " disagreements, "
            << took.count() << " s, " << cpu_s << " s of CPU\n"
            << tally.text();
  if (tally.frames >= frames_for_all_cases) {
    expect_all_cases(tally);
  }
}

}  // namespace buddyring::differential
