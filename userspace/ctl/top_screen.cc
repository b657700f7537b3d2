// SPDX-License-Identifier: Apache-2.0
#include "ctl/top_screen.h"

#include <string_view>

#include "core/duration.h"
#include "ctl/agent_words.h"
#include "ctl/rough.h"

namespace buddyring {
namespace {

constexpr size_t margin = 10;  // before each line's text stands what it is about
constexpr const char* how_to_end = "q ends";

// A character of UTF-8 begins with a byte that is not of the form 10xxxxxx.
std::string cut(const std::string& text, size_t columns) {
  size_t characters = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U;
    characters += begins ? 1 : 0;
    if (characters > columns) {
      return text.substr(0, i);
    }
  }
  return text;
}

std::string labelled(std::string_view label, const std::string& text) {
  std::string line{label};
  line.resize(std::max(margin, line.size() + 1), ' ');
  return line + text;
}

TopLine title(const AgentFacts& facts, const PinnedMaps& maps) {
  return {"buddyring  " + facts.server + " of pool " + facts.pool + "  " + facts.address +
              (maps.report.carrier != 0 ? "" : "  NO CARRIER"),
          Tone::heading};
}

TopLine member_line(const PinnedMaps& maps) {
  const bool member = maps.agent.member != 0;
  return {labelled("member", std::string(member ? "yes" : "NO") + ", epoch " + std::to_string(maps.agent.epoch) +
                                 ", incarnation " + std::to_string(maps.agent.incarnation) +
                                 (maps.report.removals == 0
                                      ? ""
                                      : ", deleted while alive " + std::to_string(maps.report.removals) + " times")),
          member ? Tone::good : Tone::bad};
}

TopLine lease_line(const PinnedMaps& maps, const AgentFacts& facts) {
  if (facts.lease_revoked) {
    return {labelled("lease", "REVOKED"), Tone::bad};
  }
  return facts.lease_fresh
             ? TopLine{labelled("lease", "fresh, " + rough(facts.lease_left) + " left of " +
                                             format_duration(instant_from_ns(maps.report.lease_ns) - Instant{})),
                       Tone::good}
             : TopLine{labelled("lease", "STALE, ran out " + rough(-facts.lease_left) + " ago"), Tone::bad};
}

TopLine agent_line(const PinnedMaps& maps, const AgentFacts& facts) {
  const buddyring_report& report = maps.report;
  return {
      labelled("agent", "pid " + std::to_string(report.pid) + ", last tick " + rough(facts.tick_age) + " ago, " +
                            std::to_string(report.stalls) + " stalls, the longest " + rough_ns(report.stall_max_ns)),
      report.stalls == 0 ? Tone::plain : Tone::warning};
}

TopLine ticks_line(const PinnedMaps& maps) {
  const std::string scheduling = words_on_scheduling(maps.report);
  return {
      labelled("ticks", "late by: " + words_on(maps.report.tick_delay) + (scheduling.empty() ? "" : "; " + scheduling)),
      Tone::plain};
}

TopLine calls_line(const PinnedMaps& maps, const AgentFacts& facts) {
  return {labelled("ring", words_on_ring(maps, facts) + "; its calls " + words_on(maps.report.registry_call)),
          Tone::plain};
}

TopLine detection_line(const PinnedMaps& maps, const AgentFacts& facts) {
  const buddyring_report& report = maps.report;
  return {labelled("probes", "each " + format_duration(instant_from_ns(report.interval_ns) - Instant{}) + " by " +
                                 facts.probe_way + ", dead after " + std::to_string(report.misses) +
                                 " misses; pronounced " + std::to_string(report.verdicts) + " dead"),
          Tone::plain};
}

TopLine links_line(const AgentFacts& facts) {
  std::string text;
  Tone tone = Tone::plain;
  for (const AgentFacts::Link& link : facts.links) {
    text += (text.empty() ? "" : ", ") + link.interface + " " + link.xdp_mode + (link.carrier ? "" : " DOWN");
    tone = link.carrier ? tone : Tone::warning;
  }
  return {labelled("links", text), tone};
}

TopLine registry_line(const AgentFacts& facts) {
  std::string text = facts.registry;
  for (const AgentFacts::Endpoint& endpoint : facts.endpoints) {
    text += std::string(&endpoint == &facts.endpoints[0] ? "; " : ", ") + endpoint.where + " " + endpoint.state;
  }
  return {labelled("registry", text), std::string_view{facts.registry} == "reached" ? Tone::good : Tone::warning};
}

TopLine service_line(const AgentFacts& facts) {
  const bool gone = std::string_view{facts.service} == "gone";
  return {labelled("service", facts.service), gone ? Tone::bad : Tone::plain};
}

Tone tone_of(const BuddyFacts& buddy) {
  const std::string_view state = buddy.state;
  return state == "alive" ? Tone::good : state == "condemned" ? Tone::bad : Tone::warning;
}

void add_buddy(std::vector<TopLine>& lines, const BuddyFacts& buddy, const RttHistory& history, size_t columns,
               std::span<const char* const, 8> bars) {
  lines.push_back({});
  lines.push_back({labelled(std::string("buddy ") + buddy.side,
                            buddy.server + "  " + buddy.address + "  " + buddy.state + (buddy.kept ? ", KEPT" : "") +
                                ", " + std::to_string(buddy.misses) + " misses, last live " +
                                (buddy.last_live_age ? rough(*buddy.last_live_age) + " ago" : "never")),
                   tone_of(buddy)});
  if (const auto& rtt = buddy.rtt) {
    lines.push_back({labelled("  rtt", "last " + rough_ns(rtt->last_ns) + ", p50 " + rough_ns(rtt->p50_ns) + ", p99 " +
                                           rough_ns(rtt->p99_ns) + ", max " + rough_ns(rtt->max_ns) + ", of " +
                                           std::to_string(rtt->count) + " answers")});
  }
  const size_t width = columns > margin ? columns - margin : 0;
  lines.push_back({labelled("  up to " + rough_ns(history.highest_ns(width)), "")});
  lines.push_back({labelled("", history.line(width, bars))});
}

std::vector<TopLine> fit(std::vector<TopLine> lines, TopSize size) {
  // The last line says how to get out, whatever else has to go.
  lines.resize(size.rows > 0 ? size.rows - 1 : 0);
  lines.push_back({how_to_end, Tone::heading});
  lines.resize(size.rows);
  for (TopLine& line : lines) {
    line.text = cut(line.text, size.columns);
  }
  return lines;
}

}  // namespace

void TopHistory::add(const AgentFacts& facts) {
  for (size_t i = 0; i < places_.size(); ++i) {
    Place& place = places_[i];
    if (i >= facts.buddies.size()) {
      place = {};
      continue;
    }
    const BuddyFacts& buddy = facts.buddies[i];
    if (place.server != buddy.server) {
      place = {.server = buddy.server, .answers = 0, .rtts = {}};
    }
    const uint64_t answers = buddy.rtt ? buddy.rtt->count : 0;
    place.rtts.add(answers != place.answers ? std::optional(buddy.rtt->last_ns) : std::nullopt);
    place.answers = answers;
  }
}

std::vector<TopLine> top_screen(const PinnedMaps& maps, const AgentFacts& facts, const TopHistory& history,
                                TopSize size, std::span<const char* const, 8> bars) {
  std::vector<TopLine> lines{title(facts, maps),          {},
                             member_line(maps),           lease_line(maps, facts),
                             agent_line(maps, facts),     ticks_line(maps),
                             detection_line(maps, facts), links_line(facts),
                             service_line(facts),         registry_line(facts),
                             calls_line(maps, facts)};
  for (size_t i = 0; i < facts.buddies.size(); ++i) {
    add_buddy(lines, facts.buddies[i], history.of(i), size.columns, bars);
  }
  if (facts.buddies.empty()) {
    lines.push_back({});
    lines.push_back({"no buddies"});
  }
  return fit(std::move(lines), size);
}

std::vector<TopLine> top_screen(const std::string& why, TopSize size) {
  return fit({{"buddyring", Tone::heading}, {}, {why, Tone::bad}}, size);
}

}  // namespace buddyring
