// SPDX-License-Identifier: Apache-2.0
// What buddyctl top shows of an agent's maps, in terminals of all sizes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "ctl/top_screen.h"

namespace buddyring {
namespace {

AgentFacts facts_of_two() {
  AgentFacts facts;
  facts.pool = "web";
  facts.server = "web-1";
  facts.address = "10.0.0.1";
  facts.registry = "reached";
  facts.service = "unwatched";
  facts.probe_way = "icmp";
  facts.links = {{.interface = "eth0", .ifindex = 2, .xdp_mode = "native", .carrier = true}};
  facts.endpoints = {{.where = "db1:3306", .state = "reached", .failures = 0}};
  facts.lease_fresh = true;
  facts.ring_servers_age = std::chrono::seconds{12};
  for (const char side : {'A', 'B'}) {
    BuddyFacts buddy;
    buddy.side = side;
    buddy.server = side == 'A' ? "web-2" : "web-3";
    buddy.address = "10.0.0.2";
    buddy.state = "alive";
    buddy.live_stamped_by = "kernel";
    buddy.rtt = {.last_ns = 120000,
                 .min_ns = 1,
                 .mean_ns = 1,
                 .max_ns = 1300000,
                 .p50_ns = 118000,
                 .p99_ns = 200000,
                 .count = 1,
                 .hardware_stamped = 0};
    facts.buddies.push_back(buddy);
  }
  return facts;
}

PinnedMaps maps_of_two() {
  PinnedMaps maps{};
  maps.report.interval_ns = 100000000;
  maps.report.misses = 3;
  maps.report.carrier = 1;
  maps.agent.member = 1;
  maps.report.ring_servers = 5;
  maps.report.tick_delay.bucket[0] = 98;
  maps.report.tick_delay.bucket[3] = 2;
  return maps;
}

std::string all_of(const std::vector<TopLine>& lines) {
  std::string text;
  for (const TopLine& line : lines) {
    text += line.text + "\n";
  }
  return text;
}

size_t characters(const std::string& text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

TEST(RttHistory, DrawsWhatItSawBeforeTheRightEdge) {
  RttHistory history;
  EXPECT_EQ(history.line(10, bars_ascii), "");
  for (const uint64_t rtt : {100, 50, 0, 800}) {
    history.add(rtt);
  }
  history.add(std::nullopt);
  EXPECT_EQ(history.line(10, bars_ascii), ":..# ");
  EXPECT_EQ(history.line(2, bars_ascii), "# ");
  EXPECT_EQ(history.line(1, bars_ascii), " ") << "nothing but a look without an answer";
  EXPECT_EQ(history.highest_ns(10), 800U);
  EXPECT_EQ(history.highest_ns(1), 0U);
}

TEST(RttHistory, IsBounded) {
  RttHistory history;
  for (size_t i = 0; i < 2 * RttHistory::limit; ++i) {
    history.add(1);
  }
  EXPECT_EQ(history.line(10 * RttHistory::limit, bars_ascii).size(), RttHistory::limit);
}

TEST(TopScreen, ShowsBothBuddiesOn80By24) {
  TopHistory history;
  const AgentFacts facts = facts_of_two();
  history.add(facts);
  const auto lines = top_screen(maps_of_two(), facts, history, {.columns = 80, .rows = 24}, bars_utf8);
  const std::string text = all_of(lines);
  for (const char* part :
       {"web-1 of pool web", "web-2", "web-3", "p50 118us", "p99 200us", "max 1.30ms", "eth0 native",
        "db1:3306 reached", "fresh", "each 100ms", "0 stalls", "5 servers, as the table said 12.0s ago",
        "half within 16.4us, 99% within 131us, of 100", "█", "q ends"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(lines.size(), 24U);
}

TEST(TopScreen, FitsWhateverTheTerminalIs) {
  TopHistory history;
  AgentFacts facts = facts_of_two();
  for (int i = 0; i < 300; ++i) {
    facts.buddies[0].rtt->count += 1;
    history.add(facts);
  }
  for (const TopSize size : {TopSize{0, 0}, TopSize{1, 1}, TopSize{10, 3}, TopSize{200, 50}, TopSize{80, 24}}) {
    const auto lines = top_screen(maps_of_two(), facts, history, size, bars_utf8);
    EXPECT_EQ(lines.size(), size.rows);
    for (const TopLine& line : lines) {
      EXPECT_LE(characters(line.text), size.columns) << line.text;
    }
  }
}

TEST(TopScreen, TellsTroubleByItsTone) {
  AgentFacts facts = facts_of_two();
  facts.lease_fresh = false;
  facts.buddies[1].state = "condemned";
  TopHistory history;
  history.add(facts);
  const auto lines = top_screen(maps_of_two(), facts, history, {.columns = 80, .rows = 24}, bars_ascii);
  const auto tone_of = [&lines](const char* part) {
    const auto line =
        std::ranges::find_if(lines, [&](const TopLine& l) { return l.text.find(part) != std::string::npos; });
    return line == lines.end() ? Tone::plain : line->tone;
  };
  EXPECT_EQ(tone_of("STALE"), Tone::bad);
  EXPECT_EQ(tone_of("condemned"), Tone::bad);
  EXPECT_EQ(tone_of("web-2"), Tone::good);
}

TEST(TopHistory, BeginsAnewWithAnotherBuddy) {
  TopHistory history;
  AgentFacts facts = facts_of_two();
  history.add(facts);
  EXPECT_EQ(characters(history.of(0).line(80, bars_utf8)), 1U);
  facts.buddies[0].server = "web-9";
  history.add(facts);
  EXPECT_EQ(characters(history.of(0).line(80, bars_utf8)), 1U);
  EXPECT_EQ(characters(history.of(1).line(80, bars_utf8)), 2U);
  EXPECT_EQ(history.of(1).line(80, bars_ascii), "# ") << "no answer came between the looks";
}

}  // namespace
}  // namespace buddyring
