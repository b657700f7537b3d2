// SPDX-License-Identifier: Apache-2.0
#include "ctl/haproxy_plan.h"

#include <gtest/gtest.h>

#include <map>

namespace buddyring {
namespace {

using Commands = std::vector<std::string>;

std::vector<Address> addresses(const std::vector<std::string>& texts) {
  std::vector<Address> all;
  for (const std::string& text : texts) {
    all.push_back(Address::parse(text).value());
  }
  return all;
}

HaproxyPlan plan(const std::vector<HaproxySlot>& slots, const std::vector<std::string>& live,
                 const std::vector<std::string>& drained = {}) {
  HaproxyServers servers{.live = {}, .drained = addresses(drained), .port = 80};
  for (const Address& address : addresses(live)) {
    servers.live.push_back({.address = address});
  }
  return plan_haproxy("web", slots, servers);
}

Commands commands(const std::vector<HaproxySlot>& slots, const std::map<std::string, unsigned>& weights) {
  HaproxyServers servers{.live = {}, .drained = {}, .port = 80};
  for (const auto& [address, weight] : weights) {
    servers.live.push_back({.address = Address::parse(address).value(), .weight = weight});
  }
  return plan_haproxy("web", slots, servers).commands;
}

const HaproxySlot serving_1{.name = "s1", .address = "10.0.0.1", .port = 80, .state = SlotState::serving};
const HaproxySlot serving_2{.name = "s2", .address = "10.0.0.2", .port = 80, .state = SlotState::serving};
const HaproxySlot free_3{.name = "s3", .address = "10.0.0.3", .port = 80, .state = SlotState::out};
const HaproxySlot free_4{.name = "s4", .address = "-", .port = 0, .state = SlotState::out};

TEST(HaproxyPlan, SaysNothingWhenNothingIsMissing) {
  EXPECT_EQ(plan({serving_1, serving_2, free_3}, {"10.0.0.2", "10.0.0.1"}).commands, Commands{});
}

TEST(HaproxyPlan, TakesTheDeadOutBeforeItBringsOthersIn) {
  const HaproxyPlan made = plan({free_4, serving_1, serving_2}, {"10.0.0.2", "10.0.0.9"});
  EXPECT_EQ(made.commands, (Commands{"set server web/s1 state maint", "set server web/s4 addr 10.0.0.9 port 80",
                                     "set server web/s4 state ready"}));
  EXPECT_EQ(made.removed, 1U);
  EXPECT_EQ(made.added, 1U);
}

TEST(HaproxyPlan, ReturnsAServerToTheSlotThatItHad) {
  const HaproxyPlan made = plan({free_4, serving_1, free_3}, {"10.0.0.1", "10.0.0.3"});
  EXPECT_EQ(made.commands, (Commands{"set server web/s3 addr 10.0.0.3 port 80", "set server web/s3 state ready"}));
}

TEST(HaproxyPlan, ReplacesAtOnceWhenAllSlotsAreInUse) {
  const HaproxyPlan made = plan({serving_1, serving_2}, {"10.0.0.1", "10.0.0.9"});
  EXPECT_EQ(made.commands, (Commands{"set server web/s2 state maint", "set server web/s2 addr 10.0.0.9 port 80",
                                     "set server web/s2 state ready"}));
  EXPECT_TRUE(made.left_out.empty());
}

TEST(HaproxyPlan, NamesWhoeverHasNoSlot) {
  const HaproxyPlan made = plan({serving_1, free_4}, {"10.0.0.1", "10.0.0.5", "10.0.0.6"});
  EXPECT_EQ(made.left_out, Commands{"10.0.0.6"});
  EXPECT_EQ(made.added, 1U);
}

TEST(HaproxyPlan, MovesASlotOfAnotherPort) {
  HaproxySlot other = serving_1;
  other.port = 8080;
  EXPECT_EQ(plan({other}, {"10.0.0.1"}).commands,
            (Commands{"set server web/s1 state maint", "set server web/s1 addr 10.0.0.1 port 80",
                      "set server web/s1 state ready"}));
}

TEST(HaproxyPlan, EmptiesTheBackendOfAnEmptyPool) {
  EXPECT_EQ(plan({serving_1, free_3}, {}).commands, Commands{"set server web/s1 state maint"});
}

TEST(HaproxyPlan, TakesADoubleForOne) {
  EXPECT_EQ(plan({serving_1, HaproxySlot{.name = "s9", .address = "10.0.0.1", .port = 80, .state = SlotState::serving}},
                 {"10.0.0.1"})
                .commands,
            Commands{"set server web/s9 state maint"});
}

TEST(HaproxyPlan, LetsADrainedServerKeepWhomItHas) {
  const HaproxyPlan made = plan({serving_1, serving_2}, {"10.0.0.1"}, {"10.0.0.2"});
  EXPECT_EQ(made.commands, Commands{"set server web/s2 state drain"});
  EXPECT_EQ(made.drained, 1U);
  HaproxySlot draining_2 = serving_2;
  draining_2.state = SlotState::draining;
  // Its slot is nobody else's.
  EXPECT_EQ(plan({serving_1, draining_2}, {"10.0.0.1", "10.0.0.9"}, {"10.0.0.2"}).left_out, Commands{"10.0.0.9"});
  EXPECT_EQ(plan({serving_1, draining_2}, {"10.0.0.1", "10.0.0.2"}).commands,
            Commands{"set server web/s2 state ready"});
  EXPECT_EQ(plan({serving_1, draining_2}, {"10.0.0.1"}).commands, Commands{"set server web/s2 state maint"});
}

TEST(HaproxyPlan, GivesADrainedServerNoSlot) {
  EXPECT_EQ(plan({serving_1, free_3, free_4}, {"10.0.0.1"}, {"10.0.0.3", "10.0.0.5"}).commands, Commands{});
}

TEST(HaproxyPlan, GivesEachSlotItsServersWeightOnceOneHasAnother) {
  EXPECT_EQ(commands({serving_1, serving_2, free_3}, {{"10.0.0.1", 100}, {"10.0.0.2", 20}, {"10.0.0.3", 5}}),
            (Commands{"set server web/s1 weight 100", "set server web/s2 weight 20",
                      "set server web/s3 addr 10.0.0.3 port 80", "set server web/s3 weight 5",
                      "set server web/s3 state ready"}));
  HaproxySlot weighted_2 = serving_2;
  weighted_2.weight = 20;
  HaproxySlot weighted_1 = serving_1;
  weighted_1.weight = 100;
  EXPECT_EQ(commands({weighted_1, weighted_2}, {{"10.0.0.1", 100}, {"10.0.0.2", 20}}), Commands{});
  EXPECT_EQ(commands({weighted_1, weighted_2}, {{"10.0.0.1", 100}, {"10.0.0.2", 21}}),
            Commands{"set server web/s2 weight 21"});
  // All as usual: as HAProxy's configuration has it.
  EXPECT_EQ(commands({weighted_1, weighted_2}, {{"10.0.0.1", 100}, {"10.0.0.2", 100}}),
            (Commands{"set server web/s1 weight 100%", "set server web/s2 weight 100%"}));
}

TEST(HaproxyPlan, LeavesWeightsAloneWhileAllAreUsual) {
  HaproxySlot heavy_1 = serving_1;
  heavy_1.weight = heavy_1.configured = 7;
  EXPECT_EQ(commands({heavy_1, serving_2}, {{"10.0.0.1", 100}, {"10.0.0.2", 100}}), Commands{});
}

TEST(HaproxyPlan, KnowsAnIpv6AddressHoweverItIsWritten) {
  const HaproxySlot slot{.name = "s1", .address = "2001:DB8:0::7", .port = 80, .state = SlotState::serving};
  EXPECT_EQ(plan({slot}, {"2001:db8::7"}).commands, Commands{});
}

const std::string columns =
    "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_port "
    "srvrecord\n";

TEST(HaproxyState, IsReadByTheNamesOfItsColumns) {
  const auto slots = parse_servers_state(columns +
                                             "4 web 1 web1 10.0.0.1 2 0 30 1 80 -\n4 web 2 web2 10.255.255.255 0 5 30 "
                                             "1 8080 -\n4 web 3 web3 - 0 32 30 1 0 -\n"
                                             "4 web 4 web4 10.0.0.4 2 8 30 1 80 -\n",
                                         "web");
  ASSERT_TRUE(slots.ok());
  ASSERT_EQ(slots.value().size(), 4U);
  EXPECT_EQ(slots.value()[3].state, SlotState::draining);
  EXPECT_EQ(slots.value()[0].name, "web1");
  EXPECT_EQ(slots.value()[0].address, "10.0.0.1");
  EXPECT_EQ(slots.value()[0].port, 80);
  EXPECT_EQ(slots.value()[0].weight, 30U);
  EXPECT_EQ(slots.value()[0].configured, 1U);
  EXPECT_EQ(slots.value()[0].state, SlotState::serving);
  EXPECT_EQ(slots.value()[1].port, 8080);
  EXPECT_EQ(slots.value()[1].state, SlotState::out);
  EXPECT_EQ(slots.value()[2].state, SlotState::out);
}

TEST(HaproxyState, RefusesWhatItDoesNotUnderstand) {
  EXPECT_EQ(parse_servers_state("Can't find backend.\n\n", "web").error().kind, ErrorKind::not_found);
  EXPECT_EQ(parse_servers_state("", "web").error().kind, ErrorKind::not_found);
  EXPECT_EQ(parse_servers_state(columns, "web").error().kind, ErrorKind::not_found);
  EXPECT_EQ(parse_servers_state(columns + "4 web 1 web1 10.0.0.1 2 0 30 1 eighty -\n", "web").error().kind,
            ErrorKind::invalid);
  EXPECT_EQ(parse_servers_state(columns + "4 web 1\n", "web").error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace buddyring
