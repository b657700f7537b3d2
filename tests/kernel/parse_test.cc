// SPDX-License-Identifier: Apache-2.0
// Frames that are none of our business: the rows PASS_NOT_IP to PASS_NOT_ECHO
// of docs/protocol.md, in its order.
#include <gtest/gtest.h>

#include "tests/kernel/programs.h"

namespace buddyring {
namespace {

struct Case {
  const char* description;
  Packet packet;
  buddyring_verdict verdict;
};

const Mac broadcast_mac{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
const Mac group_mac{0x03, 0, 0, 0, 0, 2};
const Mac other_mac{0x02, 0, 0, 0, 0, 9};
const Mac other_in_its_first_byte{0x06, 0, 0, 0, 0, 1};

constexpr uint8_t icmp = 1;
constexpr uint8_t icmpv6 = 58;

const auto both_hooks = testing::Values(Hook::xdp, Hook::tc);
const auto hook_name = [](const testing::TestParamInfo<Hook>& info) { return info.param == Hook::xdp ? "Xdp" : "Tc"; };

// An address of IPv6 that begins and ends so, with zeros between.
Party ipv6_of(std::initializer_list<uint8_t> first, uint8_t last = 1) {
  Party party;
  std::copy(first.begin(), first.end(), party.ipv6.begin());
  party.ipv6.back() = last;
  return party;
}

Party mapped_party(uint32_t ipv4) { return {.ipv4 = ipv4, .ipv6 = mapped(ipv4)}; }

class Parse : public ProgramsAllWays {
 protected:
  void expect_all_passed(const std::vector<Case>& cases) {
    for (const Case& one : cases) {
      SCOPED_TRACE(one.description);
      expect_passed(one.packet.frame(), one.verdict);
    }
  }
  [[nodiscard]] Packet to_party(const Party& party) const { return request().to(party, our_mac); }
  [[nodiscard]] Packet from_party(const Party& party) const { return request().from(party, peer_mac); }
  [[nodiscard]] bool is_ipv4() const { return family() == Family::ipv4; }
};

INSTANTIATE_TEST_SUITE_P(Each, Parse, all_ways, way_name);

TEST_P(Parse, PassesWhatIsNoIp) {
  const auto other_version = static_cast<uint8_t>(is_ipv4() ? 6 : 4);
  const size_t header_end = request().message_offset();
  expect_all_passed({
      {"ARP", request().ether_type(0x0806), BUDDYRING_PASS_NOT_IP},
      {"a length in place of a type", request().ether_type(0x0024), BUDDYRING_PASS_NOT_IP},
      {"the other family's type", request().data(Bytes(40, 1)).ether_type(is_ipv4() ? 0x86DD : 0x0800),
       BUDDYRING_PASS_NOT_IP},
      {"the other family's version", request().version(other_version), BUDDYRING_PASS_NOT_IP},
      {"version 0", request().version(0), BUDDYRING_PASS_NOT_IP},
      {"a byte short of an IP header behind a tag", request().vlan(5).cut_to(header_end + 3), BUDDYRING_PASS_NOT_IP},
      {"tag type alone", request().vlan(5).cut_to(14), BUDDYRING_PASS_NOT_IP},
      {"a byte short of a tag", request().vlan(5).cut_to(17), BUDDYRING_PASS_NOT_IP},
      {"one tag alone", request().vlan(5).cut_to(18), BUDDYRING_PASS_NOT_IP},
      {"a byte short of two tags", request().vlan(5).vlan(6).cut_to(21), BUDDYRING_PASS_NOT_IP},
      {"two tags alone", request().vlan(5).vlan(6).cut_to(22), BUDDYRING_PASS_NOT_IP},
      {"three tags", request().vlan(5).vlan(6).vlan(7), BUDDYRING_PASS_NOT_IP},
      {"three tags, one of a provider", request().vlan(5, 0x88A8).vlan(6).vlan(7), BUDDYRING_PASS_NOT_IP},
      {"four tags", request().vlan(5).vlan(6).vlan(7).vlan(8), BUDDYRING_PASS_NOT_IP},
      {"a tag of a type that is none", request().vlan(5, 0x9100), BUDDYRING_PASS_NOT_IP},
      {"ARP behind a tag", request().vlan(5).ether_type(0x0806), BUDDYRING_PASS_NOT_IP},
      {"the other family's type behind a tag", request().vlan(5).ether_type(is_ipv4() ? 0x86DD : 0x0800),
       BUDDYRING_PASS_NOT_IP},
  });
}

// BPF_PROG_TEST_RUN takes frames that end in their IP header for XDP alone.
class ParseShort : public ProgramsAllWays {};
INSTANTIATE_TEST_SUITE_P(Each, ParseShort, testing::Values(Way{Family::ipv4}, Way{Family::ipv6}), way_name);

TEST_P(ParseShort, PassesWhatEndsInItsHeader) {
  expect_passed(request().cut_to(14).frame(), BUDDYRING_PASS_NOT_IP);
  expect_passed(request().cut_to(request().message_offset() - 1).frame(), BUDDYRING_PASS_NOT_IP);
}

TEST_P(Parse, PassesUnusualLengths) {
  const auto length_is = [this](int field) {
    const int right = static_cast<int>(request().frame().size() - (is_ipv4() ? 14 : request().message_offset()));
    return request().length(field - right);
  };
  const int least = is_ipv4() ? 28 : 8;
  const size_t message_offset = request().message_offset();
  expect_all_passed({
      {"one more than the frame has", request().length(1), BUDDYRING_PASS_UNUSUAL_IP},
      {"one more than the frame has, behind two tags", request().vlan(5).vlan(6).length(1), BUDDYRING_PASS_UNUSUAL_IP},
      {"65535", length_is(0xFFFF), BUDDYRING_PASS_UNUSUAL_IP},
      {"one less than an echo has", length_is(least - 1), BUDDYRING_PASS_UNUSUAL_IP},
      {"1", length_is(1), BUDDYRING_PASS_UNUSUAL_IP},
      {"0, a jumbogram under IPv6", length_is(0), BUDDYRING_PASS_UNUSUAL_IP},
      {"frame ends in the ICMP header", request().cut_to(message_offset + 7), BUDDYRING_PASS_UNUSUAL_IP},
      {"frame ends behind the IP header", request().cut_to(message_offset), BUDDYRING_PASS_UNUSUAL_IP},
      {"comes before destination", request().length(1).to(a_stranger, our_mac), BUDDYRING_PASS_UNUSUAL_IP},
      {"comes before protocol", request().length(1).protocol(17), BUDDYRING_PASS_UNUSUAL_IP},
  });
  // The least that is usual is answered: PlainDataOfEveryLength of answer_test.cc.
}

TEST_P(Parse, PassesWhatIsForOthers) {
  Party differing_first = us;
  differing_first.ipv4 ^= 0x80000000;
  differing_first.ipv6.front() ^= 0x80;
  Party differing_middle = us;
  differing_middle.ipv4 ^= 0x100;
  differing_middle.ipv6[7] ^= 1;
  expect_all_passed({
      {"to another address", to_party(a_stranger), BUDDYRING_PASS_OTHER_DESTINATION},
      {"to one that differs at first", to_party(differing_first), BUDDYRING_PASS_OTHER_DESTINATION},
      {"to one that differs in the middle", to_party(differing_middle), BUDDYRING_PASS_OTHER_DESTINATION},
      {"to our address but a broadcast frame", request().to(us, broadcast_mac), BUDDYRING_PASS_OTHER_DESTINATION},
      {"to our address but another's MAC", request().to(us, other_mac), BUDDYRING_PASS_OTHER_DESTINATION},
      {"to our address but another's MAC, at first", request().to(us, other_in_its_first_byte),
       BUDDYRING_PASS_OTHER_DESTINATION},
      {"from the unspecified address", from_party({}), BUDDYRING_PASS_OTHER_DESTINATION},
      {"from a group's MAC", request().from(the_peer, group_mac), BUDDYRING_PASS_OTHER_DESTINATION},
      {"another's UDP: destination comes before protocol", to_party(a_stranger).protocol(17),
       BUDDYRING_PASS_OTHER_DESTINATION},
      {"another's, behind two tags", to_party(a_stranger).vlan(5).vlan(6), BUDDYRING_PASS_OTHER_DESTINATION},
      {"the other family", Packet::request(is_ipv4() ? Family::ipv6 : Family::ipv4), BUDDYRING_PASS_OTHER_DESTINATION},
      {"the other family's probe", Packet::request(is_ipv4() ? Family::ipv6 : Family::ipv4).probe({}),
       BUDDYRING_PASS_OTHER_DESTINATION},
  });
}

// BPF_PROG_TEST_RUN lets frames come by the loopback interface.
TEST_P(Parse, TheMacIsThatOfTheInterfaceByWhichAFrameComes) {
  auto& links = agent().link;
  const auto set = [](buddyring_link& link, uint32_t ifindex, const Mac& mac) {
    link.ifindex = ifindex;
    std::ranges::copy(mac, link.address);
  };
  const Bytes to_ours = request().from(a_stranger, peer_mac).frame();
  const Bytes to_other = request().from(a_stranger, peer_mac).to(us, other_mac).frame();
  set(links[0], 7, our_mac);
  for (unsigned last = 1; last < BUDDYRING_MAX_LINKS; ++last) {
    SCOPED_TRACE(last);
    set(links[last], loopback_ifindex, other_mac);
    expect_passed(to_ours, BUDDYRING_PASS_OTHER_DESTINATION);
    expect_passed(to_other, BUDDYRING_PASS_UNKNOWN_ASKER);
    // A bond's port, whose index is none of ours.
    set(links[last], 8 + last, other_mac);
    expect_passed(to_ours, BUDDYRING_PASS_UNKNOWN_ASKER);
    expect_passed(to_other, BUDDYRING_PASS_UNKNOWN_ASKER);
    expect_passed(request().to(us, group_mac).frame(), BUDDYRING_PASS_OTHER_DESTINATION);
  }
  // An entry that is not in use has no MAC, not even that of zeros.
  expect_passed(request().to(us, {}).frame(), BUDDYRING_PASS_OTHER_DESTINATION);
  set(links[3], 0, {});
  expect_passed(request().to(us, {}).frame(), BUDDYRING_PASS_OTHER_DESTINATION);
}

TEST_P(Parse, PassesWhatIsNoEcho) {
  const auto reply_type = static_cast<uint8_t>(is_ipv4() ? 0 : 129);
  const auto request_type = static_cast<uint8_t>(is_ipv4() ? 8 : 128);
  expect_all_passed({
      {"TCP", request().protocol(6), BUDDYRING_PASS_NOT_ECHO},
      {"UDP", request().protocol(17), BUDDYRING_PASS_NOT_ECHO},
      {"the other family's ICMP", request().protocol(is_ipv4() ? icmpv6 : icmp), BUDDYRING_PASS_NOT_ECHO},
      {"the other family's request", request().icmp(is_ipv4() ? 128 : 8, 0), BUDDYRING_PASS_NOT_ECHO},
      {"the other family's reply", request().icmp(is_ipv4() ? 129 : 0, 0), BUDDYRING_PASS_NOT_ECHO},
      {"destination unreachable", request().icmp(is_ipv4() ? 3 : 1, 1), BUDDYRING_PASS_NOT_ECHO},
      {"timestamp request, neighbour solicitation", request().icmp(is_ipv4() ? 13 : 135, 0), BUDDYRING_PASS_NOT_ECHO},
      {"echo request with a code", request().icmp(request_type, 1), BUDDYRING_PASS_NOT_ECHO},
      {"echo reply with a code", request().icmp(reply_type, 1), BUDDYRING_PASS_NOT_ECHO},
      {"a probe in all but the type", request().icmp(3, 1).probe({}), BUDDYRING_PASS_NOT_ECHO},
      {"behind two tags", request().vlan(5).vlan(6).protocol(17), BUDDYRING_PASS_NOT_ECHO},
      {"no upper layer at all", request().protocol(is_ipv4() ? 255 : 59), BUDDYRING_PASS_NOT_ECHO},
  });
}

// Before the agent has said who it is, nothing is ours.
TEST_P(Parse, PassesEverythingUntilTheAgentIsKnown) {
  zero_entry(agent());
  expect_passed(request().frame(), BUDDYRING_PASS_OTHER_DESTINATION);
  expect_passed(request().probe({}).frame(), BUDDYRING_PASS_OTHER_DESTINATION);
}

class ParseIpv4 : public Programs, public testing::WithParamInterface<Hook> {
 protected:
  ParseIpv4() : Programs({Family::ipv4, GetParam()}) {}
};
INSTANTIATE_TEST_SUITE_P(Each, ParseIpv4, both_hooks, hook_name);

TEST_P(ParseIpv4, PassesWhatIsUnusual) {
  const std::vector<std::pair<const char*, Packet>> unusual = {
      {"options", request().options(1)},
      {"the most options", request().options(10)},
      {"options behind two tags", request().vlan(5).vlan(6).options(1)},
      {"first fragment", request().fragment(0x2000)},
      {"last fragment", request().fragment(0x0004)},
      {"fragment at the highest offset", request().fragment(0x1FFF)},
      {"reserved flag", request().fragment(0x8000)},
      {"IP checksum wrong", request().spoil_ip_checksum()},
      {"IP checksum wrong behind a tag", request().vlan(5).spoil_ip_checksum()},
      {"options come before destination", request().options(1).to(a_stranger, our_mac)},
  };
  for (const auto& [description, packet] : unusual) {
    SCOPED_TRACE(description);
    expect_passed(packet.frame(), BUDDYRING_PASS_UNUSUAL_IP);
  }
}

TEST_P(ParseIpv4, PassesWhatIsNotUnicast) {
  for (const uint32_t address : {0x00000001U, 0x00FFFFFFU, 0xE0000001U, 0xEFFFFFFFU, 0xF0000000U, 0xFFFFFFFFU}) {
    SCOPED_TRACE(address);
    expect_passed(request().from({.ipv4 = address}, peer_mac).frame(), BUDDYRING_PASS_OTHER_DESTINATION);
    expect_passed(request().to({.ipv4 = address}, our_mac).frame(), BUDDYRING_PASS_OTHER_DESTINATION);
  }
  // The first and the last that are.
  for (const uint32_t address : {0x01000000U, 0xDFFFFFFFU}) {
    SCOPED_TRACE(address);
    expect_passed(request().from({.ipv4 = address}, peer_mac).frame(), BUDDYRING_PASS_UNKNOWN_ASKER);
  }
}

class ParseIpv6 : public Programs, public testing::WithParamInterface<Hook> {
 protected:
  ParseIpv6() : Programs({Family::ipv6, GetParam()}) {}
};
INSTANTIATE_TEST_SUITE_P(Each, ParseIpv6, both_hooks, hook_name);

TEST_P(ParseIpv6, PassesEachExtensionHeader) {
  std::vector<unsigned> extensions;
  for (unsigned header = 0; header <= 0xFF; ++header) {
    SCOPED_TRACE(header);
    const Bytes frame = request().extension(static_cast<uint8_t>(header)).frame();
    const Verdicts before = verdicts();
    const Outcome outcome = run_judge(frame);
    if (header != icmpv6) {
      EXPECT_EQ(outcome.action, action_of(Fate::passed));
      EXPECT_EQ(outcome.frame, frame);
    }
    if (verdicts()[BUDDYRING_PASS_UNUSUAL_IP] > before[BUDDYRING_PASS_UNUSUAL_IP]) {
      extensions.push_back(header);
    } else {
      EXPECT_EQ(verdicts()[BUDDYRING_PASS_NOT_ECHO], before[BUDDYRING_PASS_NOT_ECHO] + 1);
    }
  }
  EXPECT_EQ(extensions, (std::vector<unsigned>{0, 43, 44, 50, 51, 60, 135, 139, 140}));
  expect_passed(request().vlan(5).vlan(6).extension(44).frame(), BUDDYRING_PASS_UNUSUAL_IP);
  expect_passed(request().extension(0).to(a_stranger, our_mac).frame(), BUDDYRING_PASS_UNUSUAL_IP);
}

TEST_P(ParseIpv6, PassesWhatIsNotUnicast) {
  const std::vector<std::pair<const char*, Party>> parties = {
      {"all nodes", ipv6_of({0xFF, 0x02})},
      {"the first group", ipv6_of({0xFF, 0x00}, 0)},
      {"a solicited node", ipv6_of({0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF}, 1)},
      {"an address of IPv4", mapped_party(0x0A090002)},
      {"0.0.0.0 of IPv4", mapped_party(0)},
  };
  for (const auto& [description, party] : parties) {
    SCOPED_TRACE(description);
    expect_passed(request().from(party, peer_mac).frame(), BUDDYRING_PASS_OTHER_DESTINATION);
    expect_passed(request().to(party, our_mac).frame(), BUDDYRING_PASS_OTHER_DESTINATION);
  }
  // The last before the groups, link-local addresses, and what merely looks like one of IPv4.
  Party nearly = mapped_party(0x0A090002);
  nearly.ipv6[9] = 1;
  Party compatible = mapped_party(0x0A090002);
  compatible.ipv6[10] = compatible.ipv6[11] = 0;
  for (const Party& party : {ipv6_of({0xFE, 0xFF}), ipv6_of({0xFE, 0x80}), nearly, compatible}) {
    expect_passed(request().from(party, peer_mac).frame(), BUDDYRING_PASS_UNKNOWN_ASKER);
  }
}

// In the maps an address of IPv4 is a mapped one; in a frame of IPv6 that is nobody's.
TEST_P(ParseIpv4, PassesIpv6ToTheMappedFormOfOurAddress) {
  const Packet packet = Packet::request(Family::ipv6).to(mapped_party(us.ipv4), our_mac);
  expect_passed(packet.frame(), BUDDYRING_PASS_OTHER_DESTINATION);
  expect_passed(Packet(packet).from(mapped_party(the_peer.ipv4), peer_mac).frame(), BUDDYRING_PASS_OTHER_DESTINATION);
}

}  // namespace
}  // namespace buddyring
