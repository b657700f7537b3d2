// SPDX-License-Identifier: Apache-2.0
// Slots and pinned maps, through KernelPath as the agent uses it.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "kernel/pinned_maps.h"
#include "tests/kernel/card.h"
#include "tests/kernel/programs.h"

namespace buddyring {
namespace {

class Slots : public Card {
 protected:
  [[nodiscard]] static Server server(const std::string& name, const std::string& address, Incarnation incarnation) {
    return {.name = name, .address = Address::parse(address).value(), .replace_port = 1, .incarnation = incarnation};
  }
  [[nodiscard]] static PinnedMaps pinned() { return read_pinned(pin_root, "web:s1").value(); }
};

TEST_F(Slots, WatchFillsASlotAndUnwatchFreesIt) {
  const auto path = attach(options());
  ASSERT_TRUE(path->watch(4, server("s2", "10.9.0.2", 50), WatchRole::buddy).ok());
  const auto peer = pinned().peer[4];
  EXPECT_EQ(peer.identity, identity_of("web", "s2"));
  EXPECT_EQ(peer.incarnation, 50U);
  EXPECT_EQ(Ipv6(std::to_array(peer.address.bytes)), mapped(0x0A090002));
  EXPECT_EQ(peer.role, BUDDYRING_PEER_BUDDY);
  EXPECT_STREQ(peer.server, "s2");
  ASSERT_TRUE(path->unwatch(4).ok());
  EXPECT_EQ(pinned().peer[4].role, BUDDYRING_PEER_FREE);
  ASSERT_TRUE(path->unwatch(4).ok());
}

TEST_F(Slots, LongestNameKeepsItsNul) {
  const auto path = attach(options());
  const std::string name(63, 'n');
  ASSERT_TRUE(path->watch(0, server(name, "10.9.0.2", 50), WatchRole::buddy).ok());
  EXPECT_EQ(pinned().peer[0].server, name);
  ASSERT_TRUE(path->watch(0, server("s2", "10.9.0.2", 50), WatchRole::buddy).ok());
  EXPECT_EQ(std::string_view(pinned().peer[0].server), "s2");
}

TEST_F(Slots, OneAddressInTwoSlotsIsRefused) {
  const auto path = attach(options());
  ASSERT_TRUE(path->watch(0, server("s2", "10.9.0.2", 50), WatchRole::buddy).ok());
  const auto second = path->watch(1, server("s3", "10.9.0.2", 60), WatchRole::buddy);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_EQ(pinned().peer[1].role, BUDDYRING_PEER_FREE);
  // Once the first is gone, or moved, its address is free.
  ASSERT_TRUE(path->watch(0, server("s2", "10.9.0.7", 50), WatchRole::buddy).ok());
  EXPECT_TRUE(path->watch(1, server("s3", "10.9.0.2", 60), WatchRole::buddy).ok());
}

// All 16 bytes tell addresses apart: here the last four, and then all but one bit, are the same.
TEST_F(Slots, AddressesOfBothFamiliesAreWatchedSideBySide) {
  const auto path = attach(options());
  const auto ipv6 = [](const Ipv6& bytes) {
    return Server{.name = "s6", .address = Address::from_bytes(bytes), .replace_port = 1, .incarnation = 60};
  };
  const Ipv6 one{0xFD, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 9, 0, 2};
  const Ipv6 other{0xFD, 0x08, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 9, 0, 2};
  ASSERT_TRUE(path->watch(0, server("s2", "10.9.0.2", 50), WatchRole::buddy).ok());
  ASSERT_TRUE(path->watch(1, ipv6(one), WatchRole::buddy).ok());
  ASSERT_TRUE(path->watch(2, ipv6(other), WatchRole::buddy).ok());
  EXPECT_EQ(Ipv6(std::to_array(pinned().peer[1].address.bytes)), one);
  EXPECT_EQ(path->watch(3, ipv6(one), WatchRole::buddy).error().kind, ErrorKind::conflict);
  ASSERT_TRUE(path->unwatch(1).ok());
  EXPECT_TRUE(path->watch(3, ipv6(one), WatchRole::buddy).ok());
}

TEST_F(Slots, AgentAnswersAtAnAddressOfEitherFamily) {
  const Ipv6 ours{0xFD, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  auto given = options();
  auto path = attach(given);
  EXPECT_EQ(Ipv6(std::to_array(pinned().agent.address.bytes)), mapped(0x0A090001));
  path.reset();
  given.address = Address::from_bytes(ours);
  path = attach(given);
  EXPECT_EQ(Ipv6(std::to_array(pinned().agent.address.bytes)), ours);
}

TEST_F(Slots, EverySlotCanBeUsed) {
  const auto path = attach(options());
  ASSERT_EQ(BUDDYRING_MAX_PEERS, 32);
  for (unsigned slot = 0; slot < BUDDYRING_MAX_PEERS; ++slot) {
    ASSERT_TRUE(path->watch(slot, server("s" + std::to_string(slot + 2), "10.9.0." + std::to_string(slot + 2), 1),
                            WatchRole::buddy)
                    .ok());
  }
  const auto maps = pinned();
  EXPECT_TRUE(
      std::ranges::all_of(maps.peer, [](const buddyring_peer& peer) { return peer.role == BUDDYRING_PEER_BUDDY; }));
}

TEST_F(Slots, NothingIsObservedInAFreshSlot) {
  const auto path = attach(options());
  ASSERT_TRUE(path->watch(0, server("s2", "10.9.0.2", 50), WatchRole::buddy).ok());
  const Observation seen = path->observe(0);
  EXPECT_EQ(seen.departed_number, 0U);
  EXPECT_EQ(seen.departed, Instant{});
  EXPECT_EQ(seen.last_live, Instant{});
  EXPECT_EQ(seen.last_other, Instant{});
  EXPECT_EQ(seen.live_answers, 0U);
  EXPECT_FALSE(seen.counts_us);
  EXPECT_FALSE(seen.word_fresh);
  EXPECT_EQ(seen.epoch, 0U);
  EXPECT_EQ(seen.other_incarnation, 0U);
}

TEST_F(Slots, RoleIsOfTheSlotAndNotOfAFreeOne) {
  const auto path = attach(options());
  ASSERT_TRUE(path->watch(2, server("s2", "10.9.0.2", 50), WatchRole::beyond).ok());
  EXPECT_EQ(pinned().peer[2].role, BUDDYRING_PEER_BEYOND);
  ASSERT_TRUE(path->set_role(2, WatchRole::buddy).ok());
  EXPECT_EQ(pinned().peer[2].role, BUDDYRING_PEER_BUDDY);
  ASSERT_TRUE(path->set_role(2, WatchRole::beyond).ok());
  EXPECT_EQ(pinned().peer[2].role, BUDDYRING_PEER_BEYOND);
  EXPECT_EQ(path->set_role(3, WatchRole::buddy).error().kind, ErrorKind::not_found);
  EXPECT_EQ(pinned().peer[3].role, BUDDYRING_PEER_FREE);
}

TEST_F(Slots, WordIsAboutTheListOfTheEpochThatWasSetLast) {
  const auto path = attach(options());
  path->set_self(70, 7, true);
  path->set_word(true, false, instant_from_ns(1000));
  EXPECT_EQ(pinned().agent.word, 7U << 16 | 16U);
  EXPECT_EQ(pinned().agent.word_expires_ns, 1000U);
  path->set_self(70, 8, true);
  EXPECT_EQ(pinned().agent.word, 7U << 16 | 16U);
  path->set_word(false, true, instant_from_ns(2000));
  EXPECT_EQ(pinned().agent.word, 8U << 16 | 32U);
  path->set_word(false, false, instant_from_ns(3000));
  EXPECT_EQ(pinned().agent.word, 8U << 16);
  EXPECT_EQ(pinned().agent.word_expires_ns, 3000U);
}

TEST_F(Slots, PinnedReportTellsWhoRuns) {
  const auto path = attach(options());
  path->report().ticks = 12;
  const auto report = pinned().report;
  EXPECT_STREQ(report.pool, "web");
  EXPECT_STREQ(report.server, "s1");
  EXPECT_STREQ(report.link[0].interface, "v0");
  EXPECT_EQ(report.link[0].ifindex, index_of("v0"));
  EXPECT_EQ(report.pid, static_cast<uint32_t>(getpid()));
  EXPECT_EQ(report.ticks, 12U);
  EXPECT_EQ(pinned().agent.identity, identity_of("web", "s1"));
}

TEST_F(Slots, ReadingWhatIsNotThere) {
  EXPECT_TRUE(list_pinned(pin_root).value().empty());
  EXPECT_EQ(read_pinned(pin_root, "web:s1").error().kind, ErrorKind::not_found);
  const auto path = attach(options());
  EXPECT_EQ(read_pinned(pin_root, "web:s2").error().kind, ErrorKind::not_found);
}

TEST_F(Slots, ReadingAnotherLayoutVersion) {
  const std::string root = pin_root;
  for (const auto& folder : {root, root + "/v99", root + "/v99/web:s1"}) {
    ASSERT_EQ(mkdir(folder.c_str(), 0755), 0);
  }
  const auto read = read_pinned(root, "web:s1");
  EXPECT_EQ(read.error().kind, ErrorKind::wrong_version);
  EXPECT_NE(read.error().message.find("v99"), std::string::npos);
  for (const auto& folder : {root + "/v99/web:s1", root + "/v99", root}) {
    ASSERT_EQ(rmdir(folder.c_str()), 0);
  }
}

TEST_F(Slots, EachVerdictHasAName) {
  std::set<std::string_view> names;
  for (unsigned verdict = 0; verdict <= BUDDYRING_VERDICTS; ++verdict) {
    names.insert(verdict_name(verdict));
  }
  EXPECT_EQ(names.size(), BUDDYRING_VERDICTS + 1U);
}

class MapTypes : public Programs {};

// bpftool shows field names only where the value's BTF type is known.
TEST_F(MapTypes, EachMapHasTheBtfOfItsKeyAndValue) {
  const bpf_map* map = nullptr;
  unsigned maps = 0;
  bpf_object__for_each_map(map, skeleton()->obj) {
    EXPECT_NE(bpf_map__btf_value_type_id(map), 0U) << bpf_map__name(map);
    EXPECT_NE(bpf_map__btf_key_type_id(map), 0U) << bpf_map__name(map);
    ++maps;
  }
  EXPECT_EQ(maps, 9U);
}

// The layout that docs/maps.md describes: who changes any of this raises the version.
TEST_F(MapTypes, AreOfTheSizesThatBelongToTheVersion) {
  ASSERT_EQ(BUDDYRING_LAYOUT_VERSION, 6);
  ASSERT_STREQ(BUDDYRING_PIN_DIRECTORY, "v6");
  EXPECT_EQ(offsetof(buddyring_agent, word_expires_ns), 56U);
  EXPECT_EQ(offsetof(buddyring_agent, word), 64U);
  EXPECT_EQ(offsetof(buddyring_agent, address), 72U);
  EXPECT_EQ(offsetof(buddyring_agent, member), 88U);
  EXPECT_EQ(offsetof(buddyring_agent, probe_port), 92U);
  EXPECT_EQ(offsetof(buddyring_agent, link), 96U);
  EXPECT_EQ(offsetof(buddyring_peer, address), 16U);
  EXPECT_EQ(offsetof(buddyring_peer, role), 32U);
  EXPECT_EQ(offsetof(buddyring_peer, server), 36U);
  EXPECT_EQ(offsetof(buddyring_peer_state, sighting), 80U);
  EXPECT_EQ(offsetof(buddyring_sighting, said), 40U);
  EXPECT_EQ(offsetof(buddyring_sighting, stamped_by), 48U);
  EXPECT_EQ(offsetof(buddyring_peer_state, flight), 472U);
  EXPECT_EQ(offsetof(buddyring_peer_state, window), 3032U);
  EXPECT_EQ(offsetof(buddyring_report, replaces_unsigned), 128U);
  EXPECT_EQ(offsetof(buddyring_report, contested), 224U);
  EXPECT_EQ(offsetof(buddyring_report, ring_servers), 232U);
  EXPECT_EQ(offsetof(buddyring_report, misses), 256U);
  EXPECT_EQ(offsetof(buddyring_report, realtime_priority), 304U);
  EXPECT_EQ(offsetof(buddyring_report, buddy), 320U);
  EXPECT_EQ(offsetof(buddyring_report, tick_delay), 1120U);
  EXPECT_EQ(offsetof(buddyring_report, registry_call), 1288U);
  EXPECT_EQ(offsetof(buddyring_report, reserved), 1456U);
  EXPECT_EQ(offsetof(buddyring_report, reloads), 1504U);
  EXPECT_EQ(offsetof(buddyring_report, reload_changed), 1520U);
  EXPECT_EQ(sizeof(buddyring_report), 2288U);
  const std::map<std::string_view, std::pair<size_t, unsigned>> expected = {
      {"agent", {144, 1}},        {"peer", {104, 32}},     {"peer_slots", {4, 32}},
      {"peer_state", {3552, 32}}, {"report", {2288, 1}},   {"rtt_histogram", {256, 32}},
      {"verdicts", {8, 23}},      {"card_clock", {40, 1}}, {"probe_keys", {24, 256}},
  };
  const bpf_map* map = nullptr;
  bpf_object__for_each_map(map, skeleton()->obj) {
    SCOPED_TRACE(bpf_map__name(map));
    EXPECT_EQ(std::pair(size_t{bpf_map__value_size(map)}, unsigned{bpf_map__max_entries(map)}),
              expected.at(bpf_map__name(map)));
  }
}

}  // namespace
}  // namespace buddyring
