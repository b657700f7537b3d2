// SPDX-License-Identifier: Apache-2.0
// Replays: a recorded probe is answered once, and whoever lives is answered whatever
// happened to it: restarted, resumed, overtaken, watched anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <thread>
#include <vector>

#include "tests/kernel/sealed.h"

namespace buddyring {
namespace {

class Replays : public SealedPrograms {
 protected:
  [[nodiscard]] Bytes frame_of(uint64_t number, uint64_t incarnation = peer_incarnation) const {
    Probe probe = probe_of_the_peer(number);
    probe.incarnation = incarnation;
    return request().probe(sealed(probe, key_1)).frame();
  }
  void expect_answered(const Bytes& frame) {
    Verdicts expected = verdicts();
    ++expected[BUDDYRING_ANSWERED_PROBE];
    EXPECT_EQ(run_judge(frame).action, action_of(Fate::answered));
    EXPECT_EQ(verdicts(), expected);
  }
  void expect_replayed(const Bytes& frame) { expect_dropped(frame, BUDDYRING_DROP_REPLAYED); }
};

INSTANTIATE_TEST_SUITE_P(Each, Replays, all_ways, way_name);

TEST_P(Replays, AreNotAnswered) {
  for (const uint64_t number : {uint64_t{1}, uint64_t{2}, uint64_t{900}, UINT64_MAX}) {
    SCOPED_TRACE(number);
    expect_answered(frame_of(number));
    expect_replayed(frame_of(number));
    expect_replayed(frame_of(number));
  }
}

TEST_P(Replays, AreTheSameUnderAnotherKeyOfThePool) {
  expect_answered(frame_of(5));
  expect_replayed(request().probe(sealed(probe_of_the_peer(5), key_2)).frame());
}

// Whatever the order within the window, each is answered once.
TEST_P(Replays, WhatWasOvertakenIsNone) {
  constexpr uint64_t base = 0x7000'0000'0000;
  std::vector<uint64_t> numbers;
  for (uint64_t i = 0; i < BUDDYRING_WINDOW; ++i) {
    numbers.push_back(base + i * 37 % BUDDYRING_WINDOW);
  }
  for (const uint64_t number : numbers) {
    expect_answered(frame_of(number));
  }
  for (const uint64_t number : numbers) {
    expect_replayed(frame_of(number));
  }
}

TEST_P(Replays, WhatIsBehindTheWindowMayBeOne) {
  expect_answered(frame_of(1000));
  expect_answered(frame_of(1000 - BUDDYRING_WINDOW + 1));
  expect_replayed(frame_of(1000 - BUDDYRING_WINDOW));
  expect_replayed(frame_of(1));
}

TEST_P(Replays, AnAskerThatRestartedIsAnsweredBeforeWeHearOfIt) {
  expect_answered(frame_of(1'000'000));
  for (const uint64_t number : {1, 2, 3, 2}) {
    expect_answered(frame_of(number, peer_incarnation + 1));
  }
  // Its earlier life is over once the table's word has come.
  peer().incarnation = peer_incarnation + 1;
  state().window = {};
  expect_replayed(frame_of(1'000'001));
  expect_answered(frame_of(1, peer_incarnation + 1));
  expect_replayed(frame_of(1, peer_incarnation + 1));
}

TEST_P(Replays, WhoIsNoMemberIsAnswered) {
  expect_answered(frame_of(500));
  expect_answered(frame_of(1, 0));
  expect_answered(frame_of(1, 0));
}

// The agent resumes in its incarnation; its numbers begin with the clock, above those before.
TEST_P(Replays, AnAskerThatResumedIsAnswered) {
  for (uint64_t number = 5000; number < 5010; ++number) {
    expect_answered(frame_of(number));
  }
  for (uint64_t number = 900'000; number < 900'200; ++number) {
    expect_answered(frame_of(number));
  }
  expect_replayed(frame_of(5009));
}

TEST_P(Replays, AnAskerThatIsWatchedAnewIsAnsweredAtOnce) {
  expect_answered(frame_of(5000));
  state().window = {};
  expect_answered(frame_of(5001));
  expect_replayed(frame_of(5001));
  expect_replayed(frame_of(5001 - BUDDYRING_WINDOW));
}

TEST_P(Replays, AreNoMatterOfWhoIsNoPeer) {
  const Probe others = sealed({.number = 9, .sender = 4711, .incarnation = peer_incarnation}, key_1);
  expect_answered(frame_of(9));
  for (int times = 0; times < 2; ++times) {
    expect_answered(request().probe(others).frame());
    expect_answered(request().from(a_stranger, peer_mac).probe(sealed(probe_of_the_peer(9), key_1)).frame());
  }
  peer().role = BUDDYRING_PEER_FREE;
  expect_answered(frame_of(9));
}

TEST_P(Replays, OfAServerBeyondAreNotAnsweredEither) {
  peer().role = BUDDYRING_PEER_BEYOND;
  expect_answered(frame_of(9));
  expect_replayed(frame_of(9));
}

// Or a stranger could use up the numbers of a peer.
TEST_P(Replays, WithoutASealNothingIsRemembered) {
  take_keys(keys_of({key_none, key_1}));
  const Probe forged = probe_of_the_peer(UINT64_MAX - 1);
  expect_answered(request().probe(forged).frame());
  expect_answered(request().probe(forged).frame());
  expect_passed(request().probe(sealed(forged, key_1, key_2)).frame(), BUDDYRING_PASS_BAD_SEAL);
  expect_answered(frame_of(1));
}

// Each frame goes through two processors at once.
TEST_P(Replays, AreCaughtOnWhicheverProcessorTheyCome) {
  constexpr uint64_t numbers = 4000;
  std::vector<Bytes> frames;
  for (uint64_t number = 1; number <= numbers; ++number) {
    frames.push_back(frame_of(number));
  }
  std::array<std::vector<uint32_t>, 2> actions;
  const auto send_all = [&](size_t which) {
    for (const Bytes& frame : frames) {
      actions.at(which).push_back(run_judge(frame).action);
    }
  };
  std::thread other([&] { send_all(1); });
  send_all(0);
  other.join();
  const uint32_t answered = action_of(Fate::answered);
  const auto answered_twice = [&](size_t i) { return actions[0][i] == answered && actions[1][i] == answered; };
  for (size_t i = 0; i < numbers; ++i) {
    EXPECT_FALSE(answered_twice(i)) << i;
  }
  EXPECT_EQ(verdicts()[BUDDYRING_ANSWERED_PROBE], numbers);
  EXPECT_EQ(verdicts()[BUDDYRING_DROP_REPLAYED], numbers);
}

}  // namespace
}  // namespace buddyring
