// SPDX-License-Identifier: Apache-2.0
// Frames that are none of our business: the rows PASS_NOT_IP to
// PASS_NOT_ECHO of docs/protocol.md, in its order.
#include <gtest/gtest.h>
#include <linux/bpf.h>

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

std::vector<Case> cases() {
  return {
      {"ARP", Packet::request().ether_type(0x0806), BUDDYRING_PASS_NOT_IP},
      {"IPv4 under IPv6's type", Packet::request().ether_type(0x86DD), BUDDYRING_PASS_NOT_IP},
      {"Ethernet header alone", Packet::request().cut_to(14), BUDDYRING_PASS_NOT_IP},
      {"a byte short of an IPv4 header", Packet::request().cut_to(33), BUDDYRING_PASS_NOT_IP},
      {"version 6 under IPv4's type", Packet::request().version(6), BUDDYRING_PASS_NOT_IP},
      {"options", Packet::request().options(1), BUDDYRING_PASS_UNUSUAL_IP},
      {"first fragment", Packet::request().fragment(0x2000), BUDDYRING_PASS_UNUSUAL_IP},
      {"last fragment", Packet::request().fragment(0x0004), BUDDYRING_PASS_UNUSUAL_IP},
      {"total length one more than the frame", Packet::request().length(1), BUDDYRING_PASS_UNUSUAL_IP},
      {"total length of 65535", Packet::request().length(0xFFFF - 36), BUDDYRING_PASS_UNUSUAL_IP},
      {"total length of 27", Packet::request().length(27 - 36), BUDDYRING_PASS_UNUSUAL_IP},
      {"total length of 0", Packet::request().length(-36), BUDDYRING_PASS_UNUSUAL_IP},
      {"frame ends in the ICMP header", Packet::request().cut_to(41), BUDDYRING_PASS_UNUSUAL_IP},
      {"IP checksum wrong", Packet::request().spoil_ip_checksum(), BUDDYRING_PASS_UNUSUAL_IP},
      {"options come before destination", Packet::request().options(1).to(a_stranger, our_mac),
       BUDDYRING_PASS_UNUSUAL_IP},
      {"to another address", Packet::request().to(a_stranger, our_mac), BUDDYRING_PASS_OTHER_DESTINATION},
      {"to a broadcast address", Packet::request().to(Party{.ipv4 = 0xFFFFFFFF}, our_mac),
       BUDDYRING_PASS_OTHER_DESTINATION},
      {"to our address but a broadcast frame", Packet::request().to(us, broadcast_mac),
       BUDDYRING_PASS_OTHER_DESTINATION},
      {"to our address but another's MAC", Packet::request().to(us, other_mac), BUDDYRING_PASS_OTHER_DESTINATION},
      {"from 0.0.0.0", Packet::request().from(Party{}, peer_mac), BUDDYRING_PASS_OTHER_DESTINATION},
      {"from a multicast address", Packet::request().from(Party{.ipv4 = 0xE0000001}, peer_mac),
       BUDDYRING_PASS_OTHER_DESTINATION},
      {"from the broadcast address", Packet::request().from(Party{.ipv4 = 0xFFFFFFFF}, peer_mac),
       BUDDYRING_PASS_OTHER_DESTINATION},
      {"from a group's MAC", Packet::request().from(the_peer, group_mac), BUDDYRING_PASS_OTHER_DESTINATION},
      {"another's UDP: destination comes before protocol", Packet::request().protocol(17).to(a_stranger, our_mac),
       BUDDYRING_PASS_OTHER_DESTINATION},
      {"TCP", Packet::request().protocol(6), BUDDYRING_PASS_NOT_ECHO},
      {"UDP", Packet::request().protocol(17), BUDDYRING_PASS_NOT_ECHO},
      {"destination unreachable", Packet::request().icmp(3, 1), BUDDYRING_PASS_NOT_ECHO},
      {"timestamp request", Packet::request().icmp(13, 0), BUDDYRING_PASS_NOT_ECHO},
      {"echo request with a code", Packet::request().icmp(8, 1), BUDDYRING_PASS_NOT_ECHO},
      {"echo reply with a code", Packet::request().icmp(0, 1), BUDDYRING_PASS_NOT_ECHO},
      {"a probe in all but the type", Packet::request().icmp(3, 1).probe({}), BUDDYRING_PASS_NOT_ECHO},
  };
}

class Parse : public Programs {};

TEST_F(Parse, PassesWhatIsNoEchoForUs) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.description);
    expect_passed(one.packet.frame(), one.verdict);
  }
}

// Before the agent has said who it is, nothing is ours.
TEST_F(Parse, PassesEverythingUntilTheAgentIsKnown) {
  zero_entry(agent());
  expect_passed(Packet::request().frame(), BUDDYRING_PASS_OTHER_DESTINATION);
  expect_passed(Packet::request().probe({}).frame(), BUDDYRING_PASS_OTHER_DESTINATION);
}

}  // namespace
}  // namespace buddyring
