// SPDX-License-Identifier: Apache-2.0
// What `buddyctl doctor` makes of the facts about a host.
#include <gtest/gtest.h>
#include <linux/capability.h>

#include "ctl/doctor_findings.h"

namespace buddyring {
namespace {

constexpr uint64_t bit(unsigned capability) { return uint64_t{1} << capability; }
constexpr uint64_t needed = bit(CAP_BPF) | bit(CAP_NET_ADMIN) | bit(CAP_NET_RAW) | bit(CAP_PERFMON);

Interface eth0(bool up, bool carrier, unsigned mtu = 1500) {
  Interface interface;
  interface.name = "eth0";
  interface.up = up;
  interface.carrier = carrier;
  interface.mtu = mtu;
  return interface;
}

Card card(const std::string& driver, std::optional<uint64_t> features) {
  return {.driver = driver, .xdp_features = features};
}

TEST(Doctor, KernelsFrom61OnWillDo) {
  EXPECT_EQ(judge_kernel("6.1.0-13-amd64").health, Health::ok);
  EXPECT_EQ(judge_kernel("6.18.44").health, Health::ok);
  EXPECT_EQ(judge_kernel("10.0").health, Health::ok);
  const Finding old = judge_kernel("5.15.0-91-generic");
  EXPECT_EQ(old.health, Health::fail);
  EXPECT_NE(old.found.find("5.15.0-91-generic"), std::string::npos);
  EXPECT_NE(old.cure, "");
  EXPECT_EQ(judge_kernel("unknown").health, Health::warn);
}

TEST(Doctor, MissingFeaturesAreNamed) {
  EXPECT_EQ(judge_features(std::vector<std::string>{}).health, Health::ok);
  const Finding missing = judge_features(std::vector<std::string>{"map type hash", "program type XDP"});
  EXPECT_EQ(missing.health, Health::fail);
  EXPECT_NE(missing.found.find("map type hash, program type XDP"), std::string::npos);
  EXPECT_EQ(judge_features(Error{ErrorKind::access_denied, "no right"}).health, Health::warn);
}

TEST(Doctor, MissingCapabilitiesAreNamed) {
  EXPECT_EQ(judge_capabilities(HeldCapabilities{needed}).health, Health::ok);
  EXPECT_EQ(judge_capabilities(HeldCapabilities{bit(CAP_SYS_ADMIN) | bit(CAP_NET_ADMIN) | bit(CAP_NET_RAW)}).health,
            Health::ok)
      << "CAP_SYS_ADMIN includes two of them";
  const Finding lacking = judge_capabilities(HeldCapabilities{needed & ~bit(CAP_NET_RAW)});
  EXPECT_EQ(lacking.health, Health::fail);
  EXPECT_NE(lacking.found.find("CAP_NET_RAW"), std::string::npos);
  EXPECT_EQ(lacking.found.find("CAP_BPF"), std::string::npos);
}

TEST(Doctor, SlowClocksAreWarnedOf) {
  EXPECT_EQ(judge_clock("tsc").health, Health::ok);
  EXPECT_EQ(judge_clock("kvm-clock").health, Health::ok);
  EXPECT_EQ(judge_clock("hpet").health, Health::warn);
  EXPECT_EQ(judge_clock("").health, Health::warn);
}

TEST(Doctor, AnInterfaceMustBeUpWithCarrier) {
  EXPECT_EQ(judge_interface(eth0(true, true)).health, Health::ok);
  EXPECT_EQ(judge_interface(eth0(true, false)).health, Health::fail);
  EXPECT_NE(judge_interface(eth0(false, false)).cure.find("eth0 up"), std::string::npos);
}

TEST(Doctor, XdpModeFollowsFromDriverAndFeatures) {
  EXPECT_EQ(judge_xdp_mode("eth0", card("mlx5_core", xdp_feature::basic)).health, Health::ok);
  EXPECT_EQ(judge_xdp_mode("eth0", card("e100", 0)).health, Health::warn);
  EXPECT_EQ(judge_xdp_mode("eth0", card("mlx5_core", std::nullopt)).health, Health::warn);
  EXPECT_NE(judge_xdp_mode("eth0.7", card("802.1Q VLAN Support", 0)).cure.find("below eth0.7"), std::string::npos);
}

TEST(Doctor, AVethWithoutAProgramAtItsOtherEndIsWarnedOf) {
  EXPECT_EQ(judge_xdp_mode("eth0", card("veth", xdp_feature::basic | xdp_feature::ndo_xmit)).health, Health::ok);
  const Finding alone = judge_xdp_mode("eth0", card("veth", xdp_feature::basic));
  EXPECT_EQ(alone.health, Health::warn);
  EXPECT_NE(alone.found.find("vanish"), std::string::npos);
}

TEST(Doctor, AnOccupantOfTheSlotIsNamedUnlessItIsOurs) {
  EXPECT_EQ(judge_xdp_slot("eth0", {}).health, Health::ok);
  EXPECT_EQ(judge_xdp_slot("eth0", {XdpMode::native, 7, "buddyring_xdp"}).health, Health::ok);
  const Finding taken = judge_xdp_slot("eth0", {XdpMode::generic, 12, "firewall"});
  EXPECT_EQ(taken.health, Health::warn);
  EXPECT_NE(taken.found.find("program firewall (id 12), generic mode"), std::string::npos);
}

TEST(Doctor, TheWayThatIsChosenIsToldWithTheReason) {
  struct Case {
    const char* way = "";
    Health health = Health::ok;
    Card card;
    Occupants occupants;
    unsigned mtu = 1500;
  };
  constexpr uint64_t whole = xdp_feature::basic | xdp_feature::ndo_xmit;
  const XdpOccupant firewall{XdpMode::generic, 12, "firewall"};
  const Case cases[] = {
      {"native: driver i40e", Health::ok, card("i40e", whole), {}},
      {"native: as buddyd's", Health::ok, card("i40e", whole), {.xdp = {XdpMode::native, 7, "buddyring_xdp"}}},
      {"native, or generic where driver e1000", Health::warn, card("e1000", std::nullopt), {}},
      {"native: nobody would hear", Health::warn, card("veth", xdp_feature::basic), {}},
      {"generic: driver bridge", Health::warn, card("bridge", 0), {}},
      {"generic: no driver", Health::warn, card("", std::nullopt), {}},
      {"generic: driver ena refuses", Health::warn, card("ena", whole), {}, 9000},
      {"tc: the XDP slot is taken by program firewall (id 12), generic",
       Health::warn,
       card("i40e", whole),
       {.xdp = firewall}},
      {"none: our place at the ingress of eth0 is taken by filter f",
       Health::fail,
       card("i40e", whole),
       {.xdp = firewall, .ingress = "filter f"}},
      {"none: our place at the egress of eth0 is taken by filter f",
       Health::fail,
       card("i40e", whole),
       {.egress = "filter f"}},
      {"native: driver i40e", Health::ok, card("i40e", whole), {.ingress = "filter f"}},
  };
  for (const Case& each : cases) {
    const Finding finding = judge_attach_auto(eth0(true, true, each.mtu), each.card, each.occupants);
    EXPECT_TRUE(finding.found.starts_with(each.way)) << finding.found;
    EXPECT_EQ(finding.health, each.health) << finding.found;
    EXPECT_EQ(finding.cure.empty(), each.health == Health::ok) << finding.found;
  }
}

TEST(Doctor, MtuIsHeldAgainstTheDriversLimit) {
  const auto with_mtu = [](unsigned mtu) { return eth0(true, true, mtu); };
  EXPECT_EQ(judge_mtu(with_mtu(1500), "i40e").health, Health::ok);
  EXPECT_EQ(judge_mtu(with_mtu(3498), "ena").health, Health::ok);
  const Finding large = judge_mtu(with_mtu(9000), "ena");
  EXPECT_EQ(large.health, Health::warn);
  EXPECT_NE(large.cure.find("mtu 3498"), std::string::npos);
  EXPECT_NE(large.found.find("driver ena refuses"), std::string::npos);
  EXPECT_NE(judge_mtu(with_mtu(9000), "unheard_of").found.find("many drivers refuse"), std::string::npos);
  EXPECT_EQ(judge_mtu(with_mtu(65536), "").health, Health::ok) << "no driver, so no native mode to be refused";
}

TEST(Doctor, OffloadsThatHideFramesAreTold) {
  Card offloading = card("mlx5_core", xdp_feature::basic);
  EXPECT_EQ(judge_lro("eth0", offloading).health, Health::ok);
  EXPECT_EQ(judge_vlan_offload("eth0", offloading).health, Health::ok);
  offloading.lro = offloading.vlan_offload = true;
  EXPECT_EQ(judge_lro("eth0", offloading).health, Health::fail);
  EXPECT_EQ(judge_lro("eth0", offloading).cure, "run `ethtool -K eth0 lro off`");
  EXPECT_EQ(judge_vlan_offload("eth0", offloading).health, Health::warn);
}

TEST(Doctor, ForbiddenProceduresAreNamed) {
  EXPECT_EQ(judge_rights({}).health, Health::ok);
  const Finding forbidden = judge_rights({"ServerDelete"});
  EXPECT_EQ(forbidden.health, Health::fail);
  EXPECT_NE(forbidden.found.find("ServerDelete"), std::string::npos);
}

TEST(Doctor, AMessageOfTheHouseEndsInItsCure) {
  const Finding finding = failed_with("connecting to db: refused; start it; then try again");
  EXPECT_EQ(finding.found, "connecting to db: refused; start it");
  EXPECT_EQ(finding.cure, "then try again");
  EXPECT_EQ(failed_with("no cure").cure, "");
}

}  // namespace
}  // namespace buddyring
