// SPDX-License-Identifier: Apache-2.0
// Seals: whose probes are answered and whose answers are believed. What a seal ought
// to be is computed by userspace's own SipHash, which has its vectors.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "tests/kernel/sealed.h"

namespace buddyring {
namespace {

constexpr size_t probe_bits = size_t{80} * 8;

class Seals : public SealedPrograms {};
INSTANTIATE_TEST_SUITE_P(Each, Seals, all_ways, way_name);

// Byte offsets of docs/protocol.md; up to and with `last`.
bool is_within(size_t bit, size_t first, size_t last) { return bit / 8 >= first && bit / 8 <= last; }

Bytes flipped(Bytes bytes, size_t bit) {
  bytes.at(bit / 8) ^= static_cast<uint8_t>(1U << bit % 8);
  return bytes;
}

TEST_P(Seals, ASealedProbeIsAnsweredUnderItsKey) {
  for (const uint8_t id : {key_1, key_2}) {
    const Probe asked = sealed(probe_of_the_peer(next_number()), id);
    expect(request().probe(asked).frame(), BUDDYRING_ANSWERED_PROBE, Fate::answered, answer_to(asked).frame());
  }
}

TEST_P(Seals, AStrangersProbeIsAnsweredIfItIsSealed) {
  const Probe asked = sealed({.number = 7, .sender = 4711}, key_1);
  Packet answer = answer_to(asked, lease_fresh | member).to(a_stranger, peer_mac);
  expect(request().from(a_stranger, peer_mac).probe(asked).frame(), BUDDYRING_ANSWERED_PROBE, Fate::answered,
         answer.frame());
}

TEST_P(Seals, WhatIsNotSealedByThePoolIsNotAnswered) {
  const Probe asked = probe_of_the_peer(next_number());
  expect_passed(request().probe(asked).frame(), BUDDYRING_PASS_UNSEALED);
  expect_passed(request().probe(sealed(asked, key_unknown)).frame(), BUDDYRING_PASS_UNKNOWN_KEY);
  expect_passed(request().probe(sealed(asked, key_1, key_2)).frame(), BUDDYRING_PASS_BAD_SEAL);
  Probe without = sealed(asked, key_1);
  without.seal = {};
  expect_passed(request().probe(without).frame(), BUDDYRING_PASS_BAD_SEAL);
  // And is so by no fault of its own: with the seal it is answered.
  EXPECT_EQ(run_judge(request().probe(sealed(asked, key_1)).frame()).action, action_of(Fate::answered));
}

TEST_P(Seals, EveryBitOfAProbeCounts) {
  const Bytes good = sealed(probe_of_the_peer(next_number()), key_1).bytes();
  for (size_t bit = 0; bit < probe_bits; ++bit) {
    SCOPED_TRACE(bit);
    const Bytes frame = request().data(flipped(good, bit)).frame();
    if (is_within(bit, 0, 5)) {  // magic, version, kind: no probe any more, and an echo to a peer
      Verdicts expected = verdicts();
      ++expected[BUDDYRING_ANSWERED_PLAIN];
      static_cast<void>(run_judge(frame));
      EXPECT_EQ(verdicts(), expected);
    } else if (is_within(bit, 24, 31)) {
      expect_passed(frame, BUDDYRING_PASS_WRONG_TARGET);
    } else if (is_within(bit, 64, 64)) {
      expect_passed(frame, bit == size_t{64} * 8 ? BUDDYRING_PASS_UNSEALED : BUDDYRING_PASS_UNKNOWN_KEY);
    } else {
      expect_passed(frame, BUDDYRING_PASS_BAD_SEAL);
    }
    ASSERT_FALSE(HasFailure());
  }
}

TEST_P(Seals, ASealedAnswerIsTaken) {
  for (const uint8_t id : {key_1, key_2}) {
    const uint64_t number = next_number();
    depart(number, id);
    expect_dropped(incoming(sealed(live_answer(number), id)).frame(), BUDDYRING_ARRIVED);
  }
  EXPECT_EQ(state().sighting[BUDDYRING_LIVE].count, 2U);
}

TEST_P(Seals, AnAnswerThatIsNotSealedByThePoolIsNoLife) {
  const uint64_t number = next_number();
  depart(number, key_1);
  const buddyring_peer_state before = state();
  const Probe answer = live_answer(number);
  expect_dropped(incoming(answer).frame(), BUDDYRING_DROP_UNSEALED);
  expect_dropped(incoming(sealed(answer, key_unknown)).frame(), BUDDYRING_DROP_UNKNOWN_KEY);
  expect_dropped(incoming(sealed(answer, key_1, key_2)).frame(), BUDDYRING_DROP_BAD_SEAL);
  EXPECT_EQ(std::memcmp(&before, &state(), sizeof(before)), 0);
}

TEST_P(Seals, EveryBitOfAnAnswerCounts) {
  const uint64_t number = next_number();
  depart(number, key_1);
  const buddyring_peer_state before = state();
  const Bytes good = sealed(live_answer(number), key_1).bytes();
  for (size_t bit = 0; bit < probe_bits; ++bit) {
    SCOPED_TRACE(bit);
    const Bytes frame = reply().data(flipped(good, bit)).frame();
    if (is_within(bit, 0, 5) || is_within(bit, 16, 23)) {
      expect_passed(frame, BUDDYRING_PASS_FOREIGN_REPLY);
    } else if (is_within(bit, 64, 64)) {
      expect_dropped(frame, bit == size_t{64} * 8 ? BUDDYRING_DROP_UNSEALED : BUDDYRING_DROP_UNKNOWN_KEY);
    } else {
      expect_dropped(frame, BUDDYRING_DROP_BAD_SEAL);
    }
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_EQ(std::memcmp(&before, &state(), sizeof(before)), 0);
  expect_dropped(reply().data(good).frame(), BUDDYRING_ARRIVED);
}

// While keys are exchanged several are taken, and perhaps none at all; an answer has the one that was asked with.
TEST_P(Seals, AnAnswerIsNotTakenUnderAnotherKeyThanItsProbes) {
  take_keys(keys_of({key_none, key_1, key_2}));
  const uint64_t number = next_number();
  depart(number, key_1);
  const Probe answer = live_answer(number);
  expect_dropped(incoming(sealed(answer, key_2)).frame(), BUDDYRING_DROP_UNKNOWN_KEY);
  expect_dropped(incoming(answer).frame(), BUDDYRING_DROP_UNSEALED);
  expect_dropped(incoming(our_probe(number)).frame(), BUDDYRING_DROP_UNSEALED);
  expect_dropped(incoming(sealed(answer, key_1)).frame(), BUDDYRING_ARRIVED);
}

TEST_P(Seals, WithoutOneIsTakenAsLongAsTheKeysSaySo) {
  take_keys(keys_of({key_none, key_1}));
  const Probe asked = probe_of_the_peer(next_number());
  EXPECT_EQ(run_judge(request().probe(asked).frame()).action, action_of(Fate::answered));
  const uint64_t number = next_number();
  depart(number, key_none);
  expect_dropped(incoming(live_answer(number)).frame(), BUDDYRING_ARRIVED);
  take_keys(keys_of({key_1}));
  expect_passed(request().probe(asked).frame(), BUDDYRING_PASS_UNSEALED);
}

// A kernel without our program or without our key returns a probe as it was, with our own seal.
TEST_P(Seals, AProbeThatCameBackUnchangedIsPlain) {
  const uint64_t number = next_number();
  depart(number, key_1);
  expect_dropped(incoming(sealed(our_probe(number), key_1)).frame(), BUDDYRING_ARRIVED);
  EXPECT_EQ(state().sighting[BUDDYRING_PLAIN].count, 1U);
  EXPECT_EQ(state().sighting[BUDDYRING_LIVE].count, 0U);
}

// Else anybody could have us believe that our own egress program is bypassed, and judge nobody.
TEST_P(Seals, AForgedAnswerToWhatNeverLeftDoesNotBlindUs) {
  depart(next_number(), key_1);
  const uint64_t never = next_number();
  expect_dropped(incoming(live_answer(never)).frame(), BUDDYRING_DROP_UNSEALED);
  expect_dropped(incoming(sealed(live_answer(never), key_1, key_2)).frame(), BUDDYRING_DROP_BAD_SEAL);
  EXPECT_EQ(state().unstamped_ns, 0U);
  expect_dropped(incoming(sealed(live_answer(never), key_1)).frame(), BUDDYRING_DROP_UNMATCHED);
  EXPECT_NE(state().unstamped_ns, 0U);
}

TEST_P(Seals, APoolWithoutKeysTakesNothingThatIsSealed) {
  take_keys(ProbeKeys::unsealed_only());
  const Probe asked = probe_of_the_peer(next_number());
  expect_passed(request().probe(sealed(asked, key_1)).frame(), BUDDYRING_PASS_UNKNOWN_KEY);
  const uint64_t number = next_number();
  depart(number, key_none);
  expect_dropped(incoming(sealed(live_answer(number), key_1)).frame(), BUDDYRING_DROP_UNKNOWN_KEY);
}

TEST_P(Seals, AKeyThatIsForgottenOpensNothing) {
  const uint64_t number = next_number();
  depart(number, key_1);
  take_keys(keys_of({key_2}));
  expect_passed(request().probe(sealed(probe_of_the_peer(number), key_1)).frame(), BUDDYRING_PASS_UNKNOWN_KEY);
  expect_dropped(incoming(sealed(live_answer(number), key_1)).frame(), BUDDYRING_DROP_UNKNOWN_KEY);
}

}  // namespace
}  // namespace buddyring
