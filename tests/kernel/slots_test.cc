// SPDX-License-Identifier: Apache-2.0
// Slots and pinned maps, through KernelPath as the agent uses it.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string_view>

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
  ASSERT_TRUE(path->watch(4, server("s2", "10.9.0.2", 50)).ok());
  const auto peer = pinned().peer[4];
  EXPECT_EQ(peer.identity, identity_of("web", "s2"));
  EXPECT_EQ(peer.incarnation, 50U);
  EXPECT_EQ(ntohl(peer.address), 0x0A090002U);
  EXPECT_EQ(peer.in_use, 1U);
  EXPECT_STREQ(peer.server, "s2");
  ASSERT_TRUE(path->unwatch(4).ok());
  EXPECT_EQ(pinned().peer[4].in_use, 0U);
  ASSERT_TRUE(path->unwatch(4).ok());
}

TEST_F(Slots, LongestNameKeepsItsNul) {
  const auto path = attach(options());
  const std::string name(63, 'n');
  ASSERT_TRUE(path->watch(0, server(name, "10.9.0.2", 50)).ok());
  EXPECT_EQ(pinned().peer[0].server, name);
  ASSERT_TRUE(path->watch(0, server("s2", "10.9.0.2", 50)).ok());
  EXPECT_EQ(std::string_view(pinned().peer[0].server), "s2");
}

TEST_F(Slots, OneAddressInTwoSlotsIsRefused) {
  const auto path = attach(options());
  ASSERT_TRUE(path->watch(0, server("s2", "10.9.0.2", 50)).ok());
  const auto second = path->watch(1, server("s3", "10.9.0.2", 60));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_EQ(pinned().peer[1].in_use, 0U);
  // Once the first is gone, or moved, its address is free.
  ASSERT_TRUE(path->watch(0, server("s2", "10.9.0.7", 50)).ok());
  EXPECT_TRUE(path->watch(1, server("s3", "10.9.0.2", 60)).ok());
}

TEST_F(Slots, EverySlotCanBeUsed) {
  const auto path = attach(options());
  for (unsigned slot = 0; slot < BUDDYRING_MAX_PEERS; ++slot) {
    ASSERT_TRUE(
        path->watch(slot, server("s" + std::to_string(slot + 2), "10.9.0." + std::to_string(slot + 2), 1)).ok());
  }
  const auto maps = pinned();
  EXPECT_TRUE(std::ranges::all_of(maps.peer, [](const buddyring_peer& peer) { return peer.in_use == 1; }));
}

TEST_F(Slots, NothingIsObservedInAFreshSlot) {
  const auto path = attach(options());
  ASSERT_TRUE(path->watch(0, server("s2", "10.9.0.2", 50)).ok());
  const Observation seen = path->observe(0);
  EXPECT_EQ(seen.departed_number, 0U);
  EXPECT_EQ(seen.departed, Instant{});
  EXPECT_EQ(seen.last_live, Instant{});
  EXPECT_EQ(seen.last_other, Instant{});
  EXPECT_EQ(seen.live_answers, 0U);
  EXPECT_FALSE(seen.counts_us);
}

TEST_F(Slots, PinnedReportTellsWhoRuns) {
  const auto path = attach(options());
  path->report().ticks = 12;
  const auto report = pinned().report;
  EXPECT_STREQ(report.pool, "web");
  EXPECT_STREQ(report.server, "s1");
  EXPECT_STREQ(report.interface, "v0");
  EXPECT_EQ(report.ifindex, index_of("v0"));
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
  EXPECT_EQ(maps, 7U);
}

}  // namespace
}  // namespace buddyring
