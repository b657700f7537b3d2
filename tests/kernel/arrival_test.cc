// SPDX-License-Identifier: Apache-2.0
// Departures at the egress program and arrivals at the XDP program.
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <functional>
#include <numeric>

#include "posix/clock.h"
#include "tests/kernel/programs.h"

namespace buddyring {
namespace {

class Arrival : public ProgramsAllWays {
 protected:
  [[nodiscard]] buddyring_sighting& sighting(buddyring_answer_class answer_class) {
    return state().sighting[answer_class];
  }
  [[nodiscard]] uint64_t sightings() {
    return std::accumulate(std::begin(state().sighting), std::end(state().sighting), uint64_t{0},
                           [](uint64_t sum, const buddyring_sighting& one) { return sum + one.count; });
  }
};

INSTANTIATE_TEST_SUITE_P(Each, Arrival, all_ways, way_name);

TEST_P(Arrival, DepartureIsStamped) {
  const uint64_t before_ns = to_ns(monotonic_now());
  depart(66);
  const uint64_t after_ns = to_ns(monotonic_now());
  EXPECT_EQ(state().departed_number, 66U);
  EXPECT_GE(state().departed_ns, before_ns);
  EXPECT_LE(state().departed_ns, after_ns);
  const buddyring_flight& flight = state().flight[66 % BUDDYRING_FLIGHTS];
  EXPECT_EQ(flight.number, 66U);
  EXPECT_EQ(flight.nonce, our_probe(66).nonce);
  EXPECT_EQ(flight.departed_ns, state().departed_ns);
  EXPECT_EQ(flight.arrived_ns, 0U);
  EXPECT_EQ(verdicts()[BUDDYRING_DEPARTED], 1U);
}

TEST_P(Arrival, WhatIsNoProbeOfOursLeavesUnstamped) {
  Probe of_another = our_probe(1);
  of_another.sender = 0xBAD;
  Probe answer = live_answer(1);
  Probe other_version = our_probe(1);
  other_version.version = 3;
  const std::vector<std::pair<const char*, Packet>> packets = {
      {"a plain ping", request().from(us, our_mac).to(the_peer, peer_mac)},
      {"another's probe", outgoing(of_another)},
      {"an answer", outgoing(answer).icmp(0, 0)},
      {"kind answer in a request", outgoing(answer)},
      {"another version", outgoing(other_version)},
      {"number 0", outgoing(our_probe(0))},
      {"to no peer", outgoing(our_probe(1)).to(a_stranger, peer_mac)},
      {"a byte more", outgoing(our_probe(1)).length(1)},
      {"a fragment",
       family() == Family::ipv4 ? outgoing(our_probe(1)).fragment(0x2000) : outgoing(our_probe(1)).extension(44)},
      {"ARP", outgoing(our_probe(1)).ether_type(0x0806)},
      {"cut short", outgoing(our_probe(1)).cut_to(100)},
      {"UDP", outgoing(our_probe(1)).protocol(17)},
  };
  for (const auto& [description, packet] : packets) {
    SCOPED_TRACE(description);
    const Bytes frame = packet.frame();
    const Outcome outcome = run_egress(frame);
    EXPECT_EQ(outcome.action, static_cast<uint32_t>(-1));
    EXPECT_EQ(outcome.frame, frame);
  }
  EXPECT_EQ(state().departures, 0U);
  EXPECT_EQ(state().departed_number, 0U);
  EXPECT_EQ(verdicts()[BUDDYRING_DEPARTED], 0U);
}

TEST_P(Arrival, LiveAnswerIsMatchedTimedAndEndsHere) {
  depart(5);
  const uint64_t before_ns = to_ns(monotonic_now());
  expect_dropped(incoming(live_answer(5)).frame(), BUDDYRING_ARRIVED);
  const buddyring_sighting& live = sighting(BUDDYRING_LIVE);
  EXPECT_EQ(live.count, 1U);
  EXPECT_GE(live.arrived_ns, before_ns);
  EXPECT_LE(live.arrived_ns, to_ns(monotonic_now()));
  EXPECT_EQ(live.departed_ns, state().departed_ns);
  EXPECT_EQ(live.number, 5U);
  EXPECT_EQ(live.incarnation, peer_incarnation);
  EXPECT_EQ(live.said, 9U << 16 | 7U);
  EXPECT_EQ(state().flight[5].arrived_ns, live.arrived_ns);
  EXPECT_EQ(sightings(), 1U);
}

TEST_P(Arrival, ServerBeyondIsStampedAsABuddyIs) {
  peer().role = BUDDYRING_PEER_BEYOND;
  depart(5);
  expect_dropped(incoming(live_answer(5)).frame(), BUDDYRING_ARRIVED);
  EXPECT_EQ(sighting(BUDDYRING_LIVE).count, 1U);
}

TEST_P(Arrival, EveryFlagAndTheLowBitsOfTheEpochAreKept) {
  Probe answer = live_answer(5);
  answer.flags = 0xFFFF;
  answer.epoch = 0xDEAD'8765'4321'0FED;
  depart(5);
  expect_dropped(incoming(answer).frame(), BUDDYRING_ARRIVED);
  EXPECT_EQ(sighting(BUDDYRING_LIVE).said, 0x8765'4321'0FED'FFFFU);
}

TEST_P(Arrival, RttIsArrivalMinusDeparture) {
  uint64_t sum = 0;
  uint64_t least = UINT64_MAX;
  uint64_t most = 0;
  constexpr uint64_t answers = 40;
  std::array<uint64_t, BUDDYRING_RTT_BUCKETS> buckets{};
  for (uint64_t number = 1; number <= answers; ++number) {
    depart(number);
    // As if it had left longer and longer ago, beyond what the last bucket begins with.
    buddyring_flight& flight = state().flight[number % BUDDYRING_FLIGHTS];
    flight.departed_ns -= std::min<uint64_t>(flight.departed_ns, uint64_t{1} << number);
    (void)run_judge(incoming(live_answer(number)).frame());
    const uint64_t rtt_ns = flight.arrived_ns - flight.departed_ns;
    EXPECT_EQ(state().rtt_last_ns, rtt_ns);
    sum += rtt_ns;
    least = std::min(least, rtt_ns);
    most = std::max(most, rtt_ns);
    ++buckets[std::min<size_t>(static_cast<size_t>(std::bit_width(rtt_ns)) - 1, BUDDYRING_RTT_BUCKETS - 1)];
  }
  EXPECT_EQ(state().rtt_count, answers);
  EXPECT_EQ(state().rtt_sum_ns, sum);
  EXPECT_EQ(state().rtt_min_ns, least);
  EXPECT_EQ(state().rtt_max_ns, most);
  EXPECT_TRUE(std::equal(buckets.begin(), buckets.end(), std::begin(histogram().bucket)));
  EXPECT_GT(buckets[BUDDYRING_RTT_BUCKETS - 1], 0U);
}

TEST_P(Arrival, EachClassAndItsPrecedence) {
  struct Case {
    const char* description;
    std::function<void(Probe&)> change;
    buddyring_answer_class answer_class;
  };
  const std::vector<Case> cases = {
      {"as expected", [](Probe&) {}, BUDDYRING_LIVE},
      {"does not count us: still live", [](Probe& a) { a.flags = 1 | 2; }, BUDDYRING_LIVE},
      {"came back unchanged", [](Probe& a) { a = our_probe(a.number); }, BUDDYRING_PLAIN},
      {"kind unchanged, whatever else", [](Probe& a) { a.kind = 1; }, BUDDYRING_PLAIN},
      {"another answers", [](Probe& a) { a.answerer = 0xBAD; }, BUDDYRING_OTHER_IDENTITY},
      {"another answers, and is no member", [](Probe& a) { a.answerer = 0xBAD, a.flags = 0; },
       BUDDYRING_OTHER_IDENTITY},
      {"no member", [](Probe& a) { a.flags = 1 | 4; }, BUDDYRING_NOT_MEMBER},
      {"no member, other incarnation", [](Probe& a) { a.flags = 1, a.incarnation = 91; }, BUDDYRING_NOT_MEMBER},
      {"later incarnation", [](Probe& a) { a.incarnation = 91; }, BUDDYRING_OTHER_INCARNATION},
      {"earlier incarnation, stale", [](Probe& a) { a.incarnation = 89, a.flags = 2; }, BUDDYRING_OTHER_INCARNATION},
      {"stale lease", [](Probe& a) { a.flags = 2 | 4; }, BUDDYRING_STALE_LEASE},
      {"stale lease, to be kept", [](Probe& a) { a.flags = 2 | 4 | 64; }, BUDDYRING_STALE_KEPT},
      {"no member, to be kept", [](Probe& a) { a.flags = 4 | 64; }, BUDDYRING_NOT_MEMBER},
      {"earlier incarnation, to be kept", [](Probe& a) { a.incarnation = 89, a.flags = 2 | 64; },
       BUDDYRING_OTHER_INCARNATION},
      {"fresh lease, to be kept", [](Probe& a) { a.flags = 1 | 2 | 4 | 64; }, BUDDYRING_LIVE},
  };
  uint64_t number = 100;
  for (const Case& one : cases) {
    SCOPED_TRACE(one.description);
    Probe answer = live_answer(++number);
    one.change(answer);
    depart(number);
    const uint64_t all = sightings();
    const uint64_t before = sighting(one.answer_class).count;
    expect_dropped(incoming(answer).frame(), BUDDYRING_ARRIVED);
    EXPECT_EQ(sightings(), all + 1);
    EXPECT_EQ(sighting(one.answer_class).count, before + 1);
    EXPECT_EQ(sighting(one.answer_class).number, number);
    EXPECT_EQ(sighting(one.answer_class).incarnation, answer.incarnation);
    EXPECT_EQ(sighting(one.answer_class).said, answer.epoch << 16 | answer.flags);
    EXPECT_EQ(sighting(one.answer_class).arrived_ns, state().flight[number % BUDDYRING_FLIGHTS].arrived_ns);
  }
}

TEST_P(Arrival, SecondAnswerIsDroppedAndChangesNothing) {
  depart(5);
  (void)run_judge(incoming(live_answer(5)).frame());
  const buddyring_peer_state before = state();
  expect_dropped(incoming(live_answer(5)).frame(), BUDDYRING_DROP_DUPLICATE);
  Probe plain = our_probe(5);
  expect_dropped(incoming(plain).frame(), BUDDYRING_DROP_DUPLICATE);
  EXPECT_EQ(std::memcmp(&before, &state(), sizeof(before)), 0);
}

TEST_P(Arrival, AnswerWithoutItsDepartureIsDroppedAndChangesNothing) {
  depart(5);
  depart(6);
  const buddyring_peer_state before = state();
  Probe other_nonce = live_answer(5);
  other_nonce.nonce ^= 1;
  Probe other_number = live_answer(5);
  other_number.number = 6;
  Probe never = live_answer(7);
  Probe overtaken = live_answer(5 + BUDDYRING_FLIGHTS);
  overtaken.nonce = live_answer(5).nonce;
  // An empty flight is all zeros; an answer of zeros must not fit it.
  Probe zeros = live_answer(0);
  zeros.nonce = 0;
  for (const Probe& answer : {other_nonce, other_number, zeros}) {
    SCOPED_TRACE(answer.number);
    expect_dropped(incoming(answer).frame(), BUDDYRING_DROP_UNMATCHED);
  }
  EXPECT_EQ(std::memcmp(&before, &state(), sizeof(before)), 0);
  // Numbers that are still to come: it is noted that one was not seen leaving.
  for (const Probe& answer : {never, overtaken}) {
    SCOPED_TRACE(answer.number);
    buddyring_peer_state with_note = before;
    with_note.unstamped_ns = state().unstamped_ns;
    expect_dropped(incoming(answer).frame(), BUDDYRING_DROP_UNMATCHED);
    EXPECT_GT(state().unstamped_ns, with_note.unstamped_ns);
    with_note.unstamped_ns = state().unstamped_ns;
    EXPECT_EQ(std::memcmp(&with_note, &state(), sizeof(with_note)), 0);
  }
}

TEST_P(Arrival, LaterDepartureTakesTheFlight) {
  depart(5);
  depart(5 + BUDDYRING_FLIGHTS);
  expect_dropped(incoming(live_answer(5)).frame(), BUDDYRING_DROP_UNMATCHED);
  expect_dropped(incoming(live_answer(5 + BUDDYRING_FLIGHTS)).frame(), BUDDYRING_ARRIVED);
  // Also when the departure before was answered.
  depart(5 + 2 * BUDDYRING_FLIGHTS);
  expect_dropped(incoming(live_answer(5 + 2 * BUDDYRING_FLIGHTS)).frame(), BUDDYRING_ARRIVED);
}

TEST_P(Arrival, OthersRepliesAreTheStacks) {
  depart(5);
  Probe to_another = live_answer(5);
  to_another.sender = 0xBAD;
  Probe other_kind = live_answer(5);
  other_kind.kind = 3;
  Probe other_version = live_answer(5);
  other_version.version = 3;
  expect_passed(reply().frame(), BUDDYRING_PASS_FOREIGN_REPLY);
  expect_passed(reply().data({}).pad_to(128).frame(), BUDDYRING_PASS_FOREIGN_REPLY);
  expect_passed(incoming(to_another).frame(), BUDDYRING_PASS_FOREIGN_REPLY);
  expect_passed(incoming(other_kind).frame(), BUDDYRING_PASS_FOREIGN_REPLY);
  expect_passed(incoming(other_version).frame(), BUDDYRING_PASS_FOREIGN_REPLY);
  expect_passed(incoming(live_answer(5)).from(a_stranger, peer_mac).frame(), BUDDYRING_PASS_FOREIGN_REPLY);
  // Foreign comes before the checksum.
  expect_passed(incoming(to_another).spoil_checksum().frame(), BUDDYRING_PASS_FOREIGN_REPLY);
  expect_passed(incoming(live_answer(5)).spoil_checksum().frame(), BUDDYRING_PASS_BAD_ICMP);
  EXPECT_EQ(state().flight[5].arrived_ns, 0U);
  EXPECT_EQ(sightings(), 0U);
}

TEST_P(Arrival, PaddedAnswerArrives) {
  depart(5);
  expect_dropped(incoming(live_answer(5)).pad_to(128).frame(), BUDDYRING_ARRIVED);
}

TEST_P(Arrival, ChecksumOfTheAnswerForEverySequence) {
  for (uint32_t sequence = 0; sequence <= 0xFFFF; ++sequence) {
    const auto number = static_cast<uint16_t>(sequence);
    (void)run_judge(incoming(live_answer(1)).id(0x77, number).frame());
  }
  // None departed, so each right checksum ends as unmatched and each wrong one would not.
  EXPECT_EQ(verdicts()[BUDDYRING_DROP_UNMATCHED], 0x10000U);
}

}  // namespace
}  // namespace buddyring
