// SPDX-License-Identifier: Apache-2.0
// VLAN tags in a frame: up to two are stepped over, in each direction, and an
// answer goes back under those of its question.
#include <gtest/gtest.h>

#include <tuple>

#include "tests/kernel/programs.h"

namespace buddyring {
namespace {

constexpr uint16_t customer = 0x8100;
constexpr uint16_t provider = 0x88A8;
constexpr uint16_t live_flags = 1 | 2 | 4;

struct Tag {
  uint16_t type;
  uint16_t control;
};

struct Tags {
  const char* name;
  std::vector<Tag> tags;
};

const std::vector<Tags> kept = {
    {"None", {}},
    {"One", {{customer, 5}}},
    {"OneOfAProvider", {{provider, 0x0FFF}}},
    {"PriorityAlone", {{customer, 0xE000}}},
    {"EveryBit", {{customer, 0xFFFF}}},
    {"Two", {{customer, 5}, {customer, 6}}},
    {"ProviderAndCustomer", {{provider, 100}, {customer, 5}}},
    {"CustomerAndProvider", {{customer, 5}, {provider, 100}}},
    {"TwoOfProviders", {{provider, 100}, {provider, 101}}},
};

class Tagged : public Programs, public testing::WithParamInterface<std::tuple<Way, Tags>> {
 protected:
  Tagged() : Programs(std::get<Way>(GetParam())) {}

  [[nodiscard]] static Packet tagged(Packet packet) {
    for (const Tag& tag : std::get<Tags>(GetParam()).tags) {
      packet.vlan(tag.control, tag.type);
    }
    return packet;
  }
  [[nodiscard]] Packet answer() const { return reply().from(us, our_mac).to(the_peer, peer_mac).hops(64); }
  [[nodiscard]] Packet answer_to(Probe asked) const {
    asked.kind = 2;
    asked.flags = live_flags;
    asked.answerer = our_identity;
    asked.incarnation = our_incarnation;
    asked.epoch = our_epoch;
    return answer().probe(asked);
  }
  void expect_answered(const Packet& packet, const Packet& expected, buddyring_verdict verdict) {
    expect(tagged(packet).frame(), verdict, Fate::answered, tagged(expected).frame());
  }
};

std::string name_of_case(const testing::TestParamInfo<std::tuple<Way, Tags>>& info) {
  return name_of(std::get<Way>(info.param)) + std::get<Tags>(info.param).name;
}

INSTANTIATE_TEST_SUITE_P(Each, Tagged, testing::Combine(all_ways, testing::ValuesIn(kept)), name_of_case);

TEST_P(Tagged, RequestsAreAnsweredUnderTheSameTags) {
  expect_answered(request(), answer(), BUDDYRING_ANSWERED_PLAIN);
  expect_answered(request().probe({}), answer_to({}), BUDDYRING_ANSWERED_PROBE);
  expect_answered(request().data({}).pad_to(68), answer().data({}).pad_to(68), BUDDYRING_ANSWERED_PLAIN);
  expect_answered(request().probe({}).pad_to(140), answer_to({}).pad_to(140), BUDDYRING_ANSWERED_PROBE);
  const Bytes much(1472, 0x5A);
  expect_answered(request().data(much), answer().data(much), BUDDYRING_ANSWERED_PLAIN);
  expect_answered(request().id(0, 0).data(Bytes(57, 0)), answer().id(0, 0).data(Bytes(57, 0)),
                  BUDDYRING_ANSWERED_PLAIN);
}

TEST_P(Tagged, RefusalsAreThoseOfAnUntaggedFrame) {
  expect_passed(tagged(request().probe({}).spoil_checksum()).frame(), BUDDYRING_PASS_BAD_ICMP);
  expect_passed(tagged(request().probe({.target = 0xBAD})).frame(), BUDDYRING_PASS_WRONG_TARGET);
  expect_passed(tagged(request().from(a_stranger, peer_mac)).frame(), BUDDYRING_PASS_UNKNOWN_ASKER);
  expect_passed(tagged(request().to(a_stranger, our_mac)).frame(), BUDDYRING_PASS_OTHER_DESTINATION);
  expect_passed(tagged(request().length(1)).frame(), BUDDYRING_PASS_UNUSUAL_IP);
  expect_passed(tagged(request().protocol(17)).frame(), BUDDYRING_PASS_NOT_ECHO);
  expect_passed(tagged(request().ether_type(0x0806)).frame(), BUDDYRING_PASS_NOT_IP);
  expect_passed(tagged(reply()).frame(), BUDDYRING_PASS_FOREIGN_REPLY);
  expect_passed(tagged(incoming(live_answer(5)).spoil_checksum()).frame(), BUDDYRING_PASS_BAD_ICMP);
}

TEST_P(Tagged, ProbeDepartsAndItsAnswerArrives) {
  const Bytes probe = tagged(outgoing(our_probe(5))).frame();
  const Outcome left = run_egress(probe);
  EXPECT_EQ(left.frame, probe);
  EXPECT_EQ(state().departed_number, 5U);
  EXPECT_EQ(verdicts()[BUDDYRING_DEPARTED], 1U);
  const Bytes frame = tagged(incoming(live_answer(5))).frame();
  expect_dropped(frame, BUDDYRING_ARRIVED);
  expect_dropped(frame, BUDDYRING_DROP_DUPLICATE);
  expect_dropped(tagged(incoming(live_answer(4))).frame(), BUDDYRING_DROP_UNMATCHED);
  EXPECT_EQ(state().sighting[BUDDYRING_LIVE].count, 1U);
}

class ThreeTags : public ProgramsAllWays {};
INSTANTIATE_TEST_SUITE_P(Each, ThreeTags, all_ways, way_name);

TEST_P(ThreeTags, AreNoneOfOurBusiness) {
  const auto tagged = [](Packet packet) { return packet.vlan(5, provider).vlan(6).vlan(7).frame(); };
  const Bytes probe = tagged(outgoing(our_probe(5)));
  EXPECT_EQ(run_egress(probe).frame, probe);
  EXPECT_EQ(verdicts()[BUDDYRING_DEPARTED], 0U);
  for (const Packet& packet : {request(), request().probe({}), incoming(live_answer(5))}) {
    expect_passed(tagged(packet), BUDDYRING_PASS_NOT_IP);
  }
}

}  // namespace
}  // namespace buddyring
