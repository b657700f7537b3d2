// SPDX-License-Identifier: Apache-2.0
// Probes and answers over UDP: those rows of docs/protocol.md that differ from ICMP.
#include <gtest/gtest.h>

#include "tests/kernel/programs.h"

namespace buddyring {
namespace {

constexpr uint16_t of_a_live_buddy = 1 | 2 | 4;
constexpr uint16_t ephemeral = 45678;

struct Case {
  const char* description;
  Packet packet;
  buddyring_verdict verdict;
};

class Udp : public ProgramsAllWays {
 protected:
  [[nodiscard]] Packet probe(const Probe& fields = {}) const { return request().probe(fields).udp(); }
  // The answer to `asked`, whose source port was `asker_port`.
  [[nodiscard]] Packet answer_to(Probe asked, uint16_t asker_port = probe_port) const {
    asked.kind = 2;
    asked.flags = of_a_live_buddy;
    asked.answerer = our_identity;
    asked.incarnation = our_incarnation;
    asked.epoch = our_epoch;
    return reply().from(us, our_mac).to(the_peer, peer_mac).hops(64).probe(asked).udp(probe_port, asker_port);
  }
  void expect_answered(const Packet& packet, const Packet& answer) {
    expect(packet.frame(), BUDDYRING_ANSWERED_PROBE, Fate::answered, answer.frame());
  }
  void expect_all_passed(const std::vector<Case>& cases) {
    for (const Case& one : cases) {
      SCOPED_TRACE(one.description);
      expect_passed(one.packet.frame(), one.verdict);
    }
  }
  void depart_over_udp(uint64_t number) {
    const Bytes frame = outgoing(our_probe(number)).udp().frame();
    EXPECT_EQ(run_egress(frame).frame, frame);
    EXPECT_EQ(state().departed_number, number);
  }
};

INSTANTIATE_TEST_SUITE_P(Each, Udp, all_ways, way_name);

TEST_P(Udp, ProbeIsAnsweredToThePortThatItCameFrom) {
  expect_answered(probe(), answer_to({}));
  expect_answered(probe().udp(ephemeral), answer_to({}, ephemeral));
  expect_answered(probe().udp(1), answer_to({}, 1));
  expect_answered(probe().udp(0xFFFF), answer_to({}, 0xFFFF));
}

TEST_P(Udp, ProbeIsAnsweredUnderItsTagsAndWithItsPadding) {
  expect_answered(probe().vlan(5), answer_to({}).vlan(5));
  expect_answered(probe().vlan(100, 0x88A8).vlan(5).pad_to(160), answer_to({}).vlan(100, 0x88A8).vlan(5).pad_to(160));
  expect_answered(probe().pad_to(160), answer_to({}).pad_to(160));
  expect_answered(probe().traffic_class(0xC0).label(0x4321), answer_to({}).traffic_class(0xC0).label(0x4321));
}

TEST_P(Udp, ThePortIsTheAgents) {
  agent().probe_port = ephemeral;
  expect_passed(probe().frame(), BUDDYRING_PASS_NOT_ECHO);
  expect(probe().udp(probe_port, ephemeral).frame(), BUDDYRING_ANSWERED_PROBE, Fate::answered,
         answer_to({}).udp(ephemeral, probe_port).frame());
}

// 65,536 nonces that differ in one word have every checksum, 0 among them: it is written as 0xffff.
TEST_P(Udp, ChecksumOfTheAnswerForEachThereIs) {
  size_t other_forms_of_zero = 0;
  for (uint32_t word = 0; word <= 0xFFFF; ++word) {
    const Probe asked{.nonce = word};
    const Bytes expected = answer_to(asked).frame();
    const Outcome outcome = run_judge(probe(asked).frame());
    ASSERT_EQ(outcome.frame, expected) << "nonce " << word;
    const size_t checksum_offset = probe().message_offset() + 6;
    other_forms_of_zero += expected[checksum_offset] == 0xFF && expected[checksum_offset + 1] == 0xFF ? 1 : 0;
    ASSERT_FALSE(expected[checksum_offset] == 0 && expected[checksum_offset + 1] == 0);
  }
  EXPECT_GE(other_forms_of_zero, 1U);
  EXPECT_EQ(verdicts()[BUDDYRING_ANSWERED_PROBE], 0x10000U);
}

// RFC 768: 0 says that there is none. RFC 8200, 8.1: not under IPv6.
TEST_P(Udp, NoChecksumAtAllIsGoodEnoughUnderIpv4) {
  depart_over_udp(5);
  const Bytes asked = probe().checksum(0).frame();
  const Bytes answered = incoming(live_answer(5)).udp().checksum(0).frame();
  if (family() == Family::ipv4) {
    expect(asked, BUDDYRING_ANSWERED_PROBE, Fate::answered, answer_to({}).frame());
    expect_dropped(answered, BUDDYRING_ARRIVED);
  } else {
    expect_passed(asked, BUDDYRING_PASS_BAD_UDP);
    expect_passed(answered, BUDDYRING_PASS_BAD_UDP);
  }
}

TEST_P(Udp, WrongChecksumsAreTheStacks) {
  depart_over_udp(5);
  expect_passed(probe().spoil_checksum().frame(), BUDDYRING_PASS_BAD_UDP);
  expect_passed(probe({.target = 0xBAD}).spoil_checksum().frame(), BUDDYRING_PASS_BAD_UDP);
  expect_passed(incoming(live_answer(5)).udp().spoil_checksum().frame(), BUDDYRING_PASS_BAD_UDP);
  // Right for the message alone, as of ICMP under IPv4: the addresses are covered, too.
  const Bytes frame = probe().frame();
  const size_t header_bytes = 8;
  Bytes bare(frame.begin() + static_cast<ptrdiff_t>(probe().message_offset()), frame.end());
  bare[header_bytes - 2] = bare[header_bytes - 1] = 0;
  expect_passed(probe().checksum(internet_checksum(bare.data(), bare.size())).frame(), BUDDYRING_PASS_BAD_UDP);
}

TEST_P(Udp, ProbeForAnotherTargetIsTheStacks) {
  expect_passed(probe({.target = 0xBAD}).frame(), BUDDYRING_PASS_WRONG_TARGET);
}

TEST_P(Udp, OtherPortsAreNoneOfOurBusiness) {
  expect_all_passed({
      {"the next port", probe().udp(probe_port, probe_port + 1), BUDDYRING_PASS_NOT_ECHO},
      {"the bytes the wrong way round", probe().udp(probe_port, 0x0A1F), BUDDYRING_PASS_NOT_ECHO},
      {"port 0", probe().udp(probe_port, 0), BUDDYRING_PASS_NOT_ECHO},
      {"from the probe port to another", probe().udp(probe_port, ephemeral), BUDDYRING_PASS_NOT_ECHO},
      {"behind two tags", probe().udp(probe_port, 53).vlan(5).vlan(6), BUDDYRING_PASS_NOT_ECHO},
      {"the same as TCP", probe().protocol(6), BUDDYRING_PASS_NOT_ECHO},
      {"the same as UDP-Lite", probe().protocol(136), BUDDYRING_PASS_NOT_ECHO},
      {"to another address", probe().to(a_stranger, our_mac), BUDDYRING_PASS_OTHER_DESTINATION},
  });
}

TEST_P(Udp, OtherDataAtThePortIsTheStacks) {
  Bytes longer = Probe{}.bytes();
  longer.push_back(0);
  Bytes shorter = Probe{}.bytes();
  shorter.pop_back();
  constexpr auto verdict = BUDDYRING_PASS_OTHER_DATAGRAM;
  expect_all_passed({
      {"nothing", request().data({}).udp(), verdict},
      {"other data", request().udp(), verdict},
      {"other data of a probe's size", request().data(Bytes(shorter.size() + 1, 0x5A)).udp(), verdict},
      {"a byte more", request().data(longer).udp(), verdict},
      {"a byte less", request().data(shorter).udp(), verdict},
      {"a byte less, with padding", request().data(shorter).udp().pad_to(160), verdict},
      {"another magic", probe({.magic = 0x42445258}), verdict},
      {"another version", probe({.version = 0xFF}), verdict},
      {"kind 0", probe({.kind = 0}), verdict},
      {"kind 3", probe({.kind = 3}), verdict},
      {"from port 0", probe().udp(0), verdict},
      {"from port 0, wrong checksum", probe().udp(0).spoil_checksum(), verdict},
      {"more IP than UDP", probe().udp_length(-1), verdict},
      {"more UDP than IP", probe().udp_length(1), verdict},
      {"no length, as of a jumbogram", probe().udp_length(-static_cast<int>(shorter.size() + 9)), verdict},
      {"less IP than a probe", probe().length(-1), verdict},
      {"an answer from port 0", incoming(live_answer(5)).udp(0), verdict},
  });
}

TEST_P(Udp, UnusualPacketsAreTheStacks) {
  const auto header_end = probe().message_offset() + 8;
  expect_all_passed({
      {"longer than the frame", probe().length(1), BUDDYRING_PASS_UNUSUAL_IP},
      {"the frame ends in the UDP header", probe().cut_to(header_end - 1), BUDDYRING_PASS_UNUSUAL_IP},
      {"the frame ends behind the UDP header", probe().cut_to(header_end), BUDDYRING_PASS_UNUSUAL_IP},
      {"a fragment", family() == Family::ipv4 ? probe().fragment(0x2000) : probe().extension(44),
       BUDDYRING_PASS_UNUSUAL_IP},
  });
}

TEST_P(Udp, ProbeDepartsAndItsAnswerArrives) {
  depart_over_udp(5);
  EXPECT_EQ(verdicts()[BUDDYRING_DEPARTED], 1U);
  expect_dropped(incoming(live_answer(5)).udp().frame(), BUDDYRING_ARRIVED);
  expect_dropped(incoming(live_answer(5)).udp().frame(), BUDDYRING_DROP_DUPLICATE);
  expect_dropped(incoming(live_answer(4)).udp().frame(), BUDDYRING_DROP_UNMATCHED);
  EXPECT_EQ(state().sighting[BUDDYRING_LIVE].count, 1U);
  EXPECT_EQ(state().rtt_count, 1U);
  EXPECT_EQ(state().unstamped_ns, 0U);
  expect_dropped(incoming(live_answer(6)).udp().frame(), BUDDYRING_DROP_UNMATCHED);
  EXPECT_NE(state().unstamped_ns, 0U);
}

TEST_P(Udp, ProbeDepartsUnderTags) {
  EXPECT_EQ(run_egress(outgoing(our_probe(7)).udp().vlan(100, 0x88A8).vlan(5).frame()).action,
            static_cast<uint32_t>(-1));
  EXPECT_EQ(state().departed_number, 7U);
}

// A pool is changed over from one to the other server by server, and a restarted agent may ask otherwise.
TEST_P(Udp, HowItWasAskedDoesNotMatterToTheDeparture) {
  depart(5);
  expect_dropped(incoming(live_answer(5)).udp().frame(), BUDDYRING_ARRIVED);
  depart_over_udp(6);
  expect_dropped(incoming(live_answer(6)).frame(), BUDDYRING_ARRIVED);
  EXPECT_EQ(state().sighting[BUDDYRING_LIVE].count, 2U);
}

TEST_P(Udp, AnswersToOthersAreTheStacks) {
  depart_over_udp(5);
  Probe to_another = live_answer(5);
  to_another.sender = 0xBAD;
  expect_all_passed({
      {"from another port than the pool's", incoming(live_answer(5)).udp(ephemeral), BUDDYRING_PASS_FOREIGN_REPLY},
      {"from no peer", incoming(live_answer(5)).from(a_stranger, peer_mac).udp(), BUDDYRING_PASS_FOREIGN_REPLY},
      {"to another asker", incoming(to_another).udp(), BUDDYRING_PASS_FOREIGN_REPLY},
  });
  EXPECT_EQ(state().rtt_count, 0U);
}

// Whatever the type of ICMP would be at that place in a header of UDP.
TEST_P(Udp, OwnProbeThatCameBackIsNoAnswerButAProbeForAnother) {
  depart_over_udp(5);
  expect_passed(incoming(our_probe(5)).udp().frame(), BUDDYRING_PASS_WRONG_TARGET);
}

TEST_P(Udp, WhatIsNoProbeOfOursLeavesUnstamped) {
  Probe of_another = our_probe(1);
  of_another.sender = 0xBAD;
  const std::vector<std::pair<const char*, Packet>> packets = {
      {"to another port", outgoing(our_probe(1)).udp(probe_port, ephemeral)},
      {"from another port", outgoing(our_probe(1)).udp(ephemeral)},
      {"another port both ways", outgoing(our_probe(1)).udp(ephemeral, ephemeral)},
      {"ports like an echo request", outgoing(our_probe(1)).udp(family() == Family::ipv4 ? 0x0800 : 0x8000)},
      {"another's probe", outgoing(of_another).udp()},
      {"an answer", outgoing(live_answer(1)).udp()},
      {"number 0", outgoing(our_probe(0)).udp()},
      {"to no peer", outgoing(our_probe(1)).udp().to(a_stranger, peer_mac)},
      {"a byte more", outgoing(our_probe(1)).udp().length(1)},
      {"cut short", outgoing(our_probe(1)).udp().cut_to(100)},
      {"TCP", outgoing(our_probe(1)).udp().protocol(6)},
      {"ICMP", outgoing(our_probe(1)).udp().protocol(family() == Family::ipv4 ? 1 : 58)},
      {"a fragment", family() == Family::ipv4 ? outgoing(our_probe(1)).udp().fragment(0x2000)
                                              : outgoing(our_probe(1)).udp().extension(44)},
  };
  for (const auto& [description, packet] : packets) {
    SCOPED_TRACE(description);
    EXPECT_EQ(run_egress(packet.frame()).frame, packet.frame());
  }
  EXPECT_EQ(state().departures, 0U);
  EXPECT_EQ(verdicts()[BUDDYRING_DEPARTED], 0U);
}

}  // namespace
}  // namespace buddyring
