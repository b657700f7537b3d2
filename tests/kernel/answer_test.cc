// SPDX-License-Identifier: Apache-2.0
// Echo requests: what is answered, and with what.
#include <gtest/gtest.h>

#include <numeric>

#include "posix/clock.h"
#include "tests/kernel/programs.h"

namespace buddyring {
namespace {

constexpr uint16_t lease_fresh = 1;
constexpr uint16_t member = 2;
constexpr uint16_t asker_is_buddy = 4;
constexpr uint16_t word_fresh = 8;
constexpr uint16_t doubts_a = 16;
constexpr uint16_t doubts_b = 32;
constexpr uint16_t of_a_live_buddy = lease_fresh | member | asker_is_buddy;
constexpr size_t data_bytes_max = 1472;

class Answer : public ProgramsAllWays {
 protected:
  [[nodiscard]] Packet plain_reply() const { return reply().from(us, our_mac).to(the_peer, peer_mac).hops(64); }
  // The answer to `asked`, with these flags, to `asker`.
  [[nodiscard]] Packet answer_to(Probe asked, uint16_t flags, const Party& asker = the_peer) const {
    asked.kind = 2;
    asked.flags = flags;
    asked.answerer = our_identity;
    asked.incarnation = our_incarnation;
    asked.epoch = our_epoch;
    return plain_reply().to(asker, peer_mac).probe(asked);
  }
  // What the agent stores: flags, and above them the epoch that they are about.
  void say(uint64_t flags, uint64_t epoch, Instant expires) {
    agent().word = epoch << 16 | flags;
    agent().word_expires_ns = to_ns(expires);
  }
  void expect_flags(uint16_t flags) {
    expect_answered(request().probe({}), answer_to({}, flags), BUDDYRING_ANSWERED_PROBE);
  }
  void expect_answered(const Packet& packet, const Packet& reply, buddyring_verdict verdict) {
    expect(packet.frame(), verdict, Fate::answered, reply.frame());
  }
};

INSTANTIATE_TEST_SUITE_P(Each, Answer, all_ways, way_name);

TEST_P(Answer, PlainRequestOfAPeerComesBackWithItsData) {
  expect_answered(request(), plain_reply(), BUDDYRING_ANSWERED_PLAIN);
}

TEST_P(Answer, PlainRequestOfAnyoneElseIsTheStacks) {
  expect_passed(request().from(a_stranger, peer_mac).frame(), BUDDYRING_PASS_UNKNOWN_ASKER);
  peer().role = BUDDYRING_PEER_FREE;
  expect_passed(request().frame(), BUDDYRING_PASS_UNKNOWN_ASKER);
}

TEST_P(Answer, PlainRequestOfAServerBeyondIsAnsweredToo) {
  peer().role = BUDDYRING_PEER_BEYOND;
  expect_answered(request(), plain_reply(), BUDDYRING_ANSWERED_PLAIN);
}

TEST_P(Answer, PlainDataOfEveryLength) {
  Bytes data;
  for (size_t bytes = 0; bytes <= data_bytes_max; ++bytes) {
    SCOPED_TRACE(bytes);
    expect_answered(request().data(data), plain_reply().data(data), BUDDYRING_ANSWERED_PLAIN);
    ASSERT_FALSE(HasFailure());
    data.push_back(static_cast<uint8_t>(bytes * 7 + 3));
  }
}

// Where the reply is all zeros its checksum is 0xffff, and 0 would be wrong; where
// it merely sums up to zero, it is 0. Under IPv6 the pseudo-header leaves no zeros.
TEST_P(Answer, BothFormsOfZeroInTheChecksum) {
  for (const size_t bytes : {size_t{0}, size_t{1}, size_t{56}, size_t{57}, data_bytes_max}) {
    SCOPED_TRACE(bytes);
    const Bytes zeros(bytes, 0);
    expect_answered(request().id(0, 0).data(zeros), plain_reply().id(0, 0).data(zeros), BUDDYRING_ANSWERED_PLAIN);
    Bytes sums_to_zero(bytes, 0);
    if (bytes > 1) {
      sums_to_zero[0] = sums_to_zero[1] = 0xFF;
      expect_answered(request().id(0, 0).data(sums_to_zero), plain_reply().id(0, 0).data(sums_to_zero),
                      BUDDYRING_ANSWERED_PLAIN);
    }
  }
  expect_answered(request().id(0x00FF, 0xFF00), plain_reply().id(0x00FF, 0xFF00), BUDDYRING_ANSWERED_PLAIN);
}

// Wherever the one word is that makes the difference, and wherever the message ends.
TEST_P(Answer, ZerosAreToldFromASumOfZeroAtEveryPlace) {
  for (size_t bytes = data_bytes_max - 8; bytes <= data_bytes_max; ++bytes) {
    Bytes data(bytes, 0);
    for (size_t place = 0; place + 1 < bytes; place += 2) {
      data[place] = data[place + 1] = 0xFF;
      const Outcome outcome = run_judge(request().id(0, 0).data(data).frame());
      ASSERT_EQ(outcome.frame, plain_reply().id(0, 0).data(data).frame()) << bytes << " bytes, place " << place;
      data[place] = data[place + 1] = 0;
    }
  }
}

TEST_P(Answer, PlainChecksumForEverySequence) {
  for (uint32_t sequence = 0; sequence <= 0xFFFF; ++sequence) {
    const auto number = static_cast<uint16_t>(sequence);
    const Outcome outcome = run_judge(request().id(0x77, number).frame());
    ASSERT_EQ(outcome.frame, plain_reply().id(0x77, number).frame()) << "sequence " << sequence;
  }
  EXPECT_EQ(verdicts()[BUDDYRING_ANSWERED_PLAIN], 0x10000U);
}

TEST_P(Answer, ProbeChecksumForEverySequence) {
  for (uint32_t sequence = 0; sequence <= 0xFFFF; ++sequence) {
    const Probe probe{.number = sequence, .nonce = uint64_t{sequence} * 0x9E37'79B9'7F4A'7C15};
    const auto number = static_cast<uint16_t>(sequence);
    const Outcome outcome = run_judge(request().id(0x77, number).probe(probe).frame());
    ASSERT_EQ(outcome.frame, answer_to(probe, lease_fresh | member | asker_is_buddy).id(0x77, number).frame())
        << "sequence " << sequence;
  }
  EXPECT_EQ(verdicts()[BUDDYRING_ANSWERED_PROBE], 0x10000U);
}

// The reply is as right or wrong as the request was: by the same difference.
TEST_P(Answer, PlainChecksumIsChangedByTheDifferenceOfTheTypes) {
  for (uint32_t field = 0; field <= 0xFFFF; ++field) {
    const Bytes asked = request().checksum(static_cast<uint16_t>(field)).frame();
    const Outcome outcome = run_judge(asked);
    ASSERT_EQ(outcome.action, action_of(Fate::answered));
    ASSERT_EQ(plain_reply().message_sum(outcome.frame), request().message_sum(asked)) << "checksum " << field;
  }
}

TEST_P(Answer, TheRestOfTheIpHeaderStays) {
  for (unsigned octet = 0; octet <= 0xFF; ++octet) {
    SCOPED_TRACE(octet);
    const auto traffic_class = static_cast<uint8_t>(octet);
    const uint32_t label = octet * 0x1011;  // up to the 20 bits of a flow label
    expect_answered(request().traffic_class(traffic_class).label(label),
                    plain_reply().traffic_class(traffic_class).label(label), BUDDYRING_ANSWERED_PLAIN);
    expect_answered(request().traffic_class(traffic_class).label(label).probe({}),
                    answer_to({}, of_a_live_buddy).traffic_class(traffic_class).label(label), BUDDYRING_ANSWERED_PROBE);
  }
}

TEST_P(Answer, TtlAndItsChecksumForEveryTtl) {
  for (unsigned hops = 0; hops <= 0xFF; ++hops) {
    SCOPED_TRACE(hops);
    expect_answered(request().hops(static_cast<uint8_t>(hops)), plain_reply(), BUDDYRING_ANSWERED_PLAIN);
  }
}

TEST_P(Answer, EthernetPaddingIsReturnedAndIgnored) {
  expect_answered(request().pad_to(60), plain_reply().pad_to(60), BUDDYRING_ANSWERED_PLAIN);
  expect_answered(request().data({}).pad_to(60), plain_reply().data({}).pad_to(60), BUDDYRING_ANSWERED_PLAIN);
  expect_answered(request().probe({}).pad_to(128), answer_to({}, 7).pad_to(128), BUDDYRING_ANSWERED_PROBE);
  // A frame long enough for a probe, whose IP packet is not.
  Probe probe;
  Bytes short_data = probe.bytes();
  short_data.pop_back();
  expect_answered(request().data(short_data).pad_to(128), plain_reply().data(short_data).pad_to(128),
                  BUDDYRING_ANSWERED_PLAIN);
}

TEST_P(Answer, ProbeOfABuddy) {
  const Probe probe{.number = 0x0102'0304'0506'0708};
  expect_answered(request().probe(probe), answer_to(probe, lease_fresh | member | asker_is_buddy),
                  BUDDYRING_ANSWERED_PROBE);
}

TEST_P(Answer, ProbeOfWhoeverAsksWithoutTheBuddyFlag) {
  expect_answered(request().from(a_stranger, peer_mac).probe({}), answer_to({}, lease_fresh | member, a_stranger),
                  BUDDYRING_ANSWERED_PROBE);
  const Probe of_another{.sender = 0xBAD};
  expect_answered(request().probe(of_another), answer_to(of_another, lease_fresh | member), BUDDYRING_ANSWERED_PROBE);
  for (const auto role : {BUDDYRING_PEER_FREE, BUDDYRING_PEER_BEYOND}) {
    SCOPED_TRACE(role);
    peer().role = role;
    expect_flags(lease_fresh | member);
  }
}

TEST_P(Answer, WordIsGivenWhileItIsFresh) {
  expect_flags(of_a_live_buddy);  // never given
  const Instant later = monotonic_now() + std::chrono::hours{1};
  for (const uint16_t doubts : {uint16_t{0}, doubts_a, doubts_b, static_cast<uint16_t>(doubts_a | doubts_b)}) {
    SCOPED_TRACE(doubts);
    say(doubts, our_epoch, later);
    expect_flags(of_a_live_buddy | word_fresh | doubts);
    say(doubts, our_epoch, monotonic_now());
    expect_flags(of_a_live_buddy);
  }
}

TEST_P(Answer, WordHasNoOtherFlags) {
  say(0xFFFF, our_epoch, monotonic_now() + std::chrono::hours{1});
  agent().member = 0;
  agent().lease_expires_ns = 0;
  peer().role = BUDDYRING_PEER_BEYOND;
  expect_flags(word_fresh | doubts_a | doubts_b);
}

// A and B of another buddy list may be other servers.
TEST_P(Answer, WordAboutAnotherBuddyListIsNone) {
  const Instant later = monotonic_now() + std::chrono::hours{1};
  for (const uint64_t epoch : {our_epoch - 1, our_epoch + 1, our_epoch | uint64_t{1} << 47}) {
    SCOPED_TRACE(epoch);
    say(doubts_a, epoch, later);
    expect_flags(of_a_live_buddy);
  }
  say(doubts_a, our_epoch, later);
  expect_flags(of_a_live_buddy | word_fresh | doubts_a);
}

TEST_P(Answer, WordIsGivenToWhoeverAsks) {
  say(doubts_b, our_epoch, monotonic_now() + std::chrono::hours{1});
  expect_answered(request().from(a_stranger, peer_mac).probe({}),
                  answer_to({}, lease_fresh | member | word_fresh | doubts_b, a_stranger), BUDDYRING_ANSWERED_PROBE);
}

TEST_P(Answer, LeaseFlagFollowsTheClock) {
  agent().lease_expires_ns = to_ns(monotonic_now());
  expect_answered(request().probe({}), answer_to({}, member | asker_is_buddy), BUDDYRING_ANSWERED_PROBE);
  agent().lease_expires_ns = to_ns(monotonic_now() + std::chrono::hours{1});
  expect_answered(request().probe({}), answer_to({}, lease_fresh | member | asker_is_buddy), BUDDYRING_ANSWERED_PROBE);
}

TEST_P(Answer, LeaseBelowTheFloorOfTermsIsNotFreshHoweverLongItRuns) {
  agent().term = 4;
  agent().term_floor = 5;
  expect_answered(request().probe({}), answer_to({}, member | asker_is_buddy), BUDDYRING_ANSWERED_PROBE);
  agent().term = 5;
  expect_answered(request().probe({}), answer_to({}, lease_fresh | member | asker_is_buddy), BUDDYRING_ANSWERED_PROBE);
}

TEST_P(Answer, MemberFlagFollowsTheAgent) {
  agent().member = 0;
  expect_answered(request().probe({}), answer_to({}, lease_fresh | asker_is_buddy), BUDDYRING_ANSWERED_PROBE);
}

TEST_P(Answer, ProbeWithAWrongChecksumIsTheStacks) {
  expect_passed(request().probe({}).spoil_checksum().frame(), BUDDYRING_PASS_BAD_ICMP);
  // The checksum is looked at before the target.
  expect_passed(request().probe({.target = 0xBAD}).spoil_checksum().frame(), BUDDYRING_PASS_BAD_ICMP);
}

TEST_P(Answer, ProbeForAnotherTargetIsTheStacks) {
  expect_passed(request().probe({.target = 0xBAD}).frame(), BUDDYRING_PASS_WRONG_TARGET);
}

// What is not exactly our probe is data like any other.
TEST_P(Answer, AlmostAProbeIsPlainData) {
  const std::vector<std::pair<const char*, Bytes>> almost = [] {
    Bytes longer = Probe{}.bytes();
    longer.push_back(0);
    return std::vector<std::pair<const char*, Bytes>>{
        {"another magic", Probe{.magic = 0x42445258}.bytes()},
        {"another version", Probe{.version = 3}.bytes()},
        {"kind answer", Probe{.kind = 2}.bytes()},
        {"kind 0", Probe{.kind = 0}.bytes()},
        {"a byte more", longer},
    };
  }();
  for (const auto& [description, data] : almost) {
    SCOPED_TRACE(description);
    expect_answered(request().data(data), plain_reply().data(data), BUDDYRING_ANSWERED_PLAIN);
    expect_passed(request().from(a_stranger, peer_mac).data(data).frame(), BUDDYRING_PASS_UNKNOWN_ASKER);
  }
}

}  // namespace
}  // namespace buddyring
