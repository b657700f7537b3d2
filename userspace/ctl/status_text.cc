// SPDX-License-Identifier: Apache-2.0
#include "core/duration.h"
#include "core/observation.h"
#include "ctl/agent_words.h"
#include "ctl/rough.h"
#include "ctl/status_forms.h"
#include "ctl/table.h"

namespace buddyring {
namespace {

std::string exact_ns(uint64_t ns) { return format_duration(Duration{static_cast<int64_t>(ns)}); }

std::string lease_state(const PinnedMaps& maps, const AgentFacts& facts) {
  if (maps.agent.lease_expires_ns == 0) {
    return "never taken";
  }
  if (facts.lease_revoked) {
    return "REVOKED: the agent, or a process that it watches, has exited";
  }
  return facts.lease_fresh ? "fresh, " + rough(facts.lease_left) + " left of " + exact_ns(maps.report.lease_ns)
                           : "STALE, ran out " + rough(-facts.lease_left) + " ago";
}

std::string stamps_line(const PinnedMaps& maps, const AgentFacts& facts) {
  if (maps.report.stamps_requested != BUDDYRING_STAMP_HARDWARE) {
    return "by the kernel";
  }
  if (maps.report.stamps_active != BUDDYRING_STAMP_HARDWARE) {
    return "by the kernel, NOT BY HARDWARE as asked for";
  }
  const buddyring_card_clock& card = maps.card_clock;
  std::string line = "by hardware: " + std::to_string(card.translated) + " of the card, " +
                     std::to_string(card.missing + card.steps) + " without";
  for (const BuddyFacts& buddy : facts.buddies) {
    line += std::string(", ") + buddy.side + "'s last by " + buddy.live_stamped_by;
  }
  return line;
}

std::string probe_text(const buddyring_report& report) {
  return "a probe each " + exact_ns(report.interval_ns) +
         (report.probe_way == BUDDYRING_PROBE_UDP ? " over UDP port " + std::to_string(report.probe_port)
                                                  : " over ICMP");
}

std::string lease_line(const PinnedMaps& maps, const AgentFacts& facts) {
  return lease_state(maps, facts) + (facts.keep_stale ? "; kept in the ring when stale" : "");
}

// "eth0 native, eth1 tc DOWN".
std::string links_line(const AgentFacts& facts) {
  std::string line;
  for (const AgentFacts::Link& link : facts.links) {
    line += (line.empty() ? "" : ", ") + link.interface + " " + link.xdp_mode + (link.carrier ? "" : " DOWN");
  }
  return line;
}

std::string scheduling_line(const buddyring_report& report) {
  const std::string words = words_on_scheduling(report);
  return words.empty() ? "as any other process" : words;
}

// "reached; db1:3306 failed, db2:3306 reached".
std::string registry_line(const AgentFacts& facts) {
  std::string line = facts.registry;
  for (const AgentFacts::Endpoint& endpoint : facts.endpoints) {
    line += (&endpoint == &facts.endpoints[0] ? "; " : ", ") + endpoint.where + " " + endpoint.state;
  }
  return line;
}

std::string head_lines(const PinnedMaps& maps, const AgentFacts& facts) {
  const buddyring_report& report = maps.report;
  const auto number = [](uint64_t value) { return std::to_string(value); };
  return format_table({
      {"server", facts.server + " of pool " + facts.pool + (maps.agent.member != 0 ? "" : ", NOT A MEMBER") +
                     (report.removals == 0 ? "" : ", deleted while alive " + number(report.removals) + " times")},
      {"address", facts.address + (report.carrier != 0 ? "" : ", NO CARRIER")},
      {"incarnation", number(maps.agent.incarnation) + ", epoch " + number(maps.agent.epoch)},
      {"lease", lease_line(maps, facts)},
      {"service", std::string{facts.service} + (report.exit_notice != 0 ? "" : ", NO EXIT NOTICE")},
      {"detection", probe_text(report) + ", dead after " + number(report.misses) + " misses; pronounced " +
                        number(report.verdicts) + " dead, asked beyond " + number(report.beyond) +
                        " times, contested " + number(report.contested)},
      {"agent", "pid " + number(report.pid) + ", last tick " + rough(facts.tick_age) + " ago, " +
                    number(report.stalls) + " stalls, the longest " + rough_ns(report.stall_max_ns)},
      {"ticks", "late by: " + words_on(report.tick_delay)},
      {"scheduling", scheduling_line(report)},
      {"links", links_line(facts)},
      {"stamps", stamps_line(maps, facts)},
      {"registry", registry_line(facts)},
      {"calls of it", words_on(report.registry_call)},
      {"ring", words_on_ring(maps, facts)},
      {"ServerReplace", "port " + number(report.replace_port) + ", applied " + number(report.replaces_applied) +
                            ", repeated " + number(report.replaces_repeated) + ", refused " +
                            number(report.replaces_refused)},
      {"pins", maps.directory},
  });
}

// What a buddy says of its own two: "doubts A"; "-" while its judge is not at work.
std::string word_text(const BuddyFacts& buddy) {
  if (!buddy.word_fresh) {
    return "-";
  }
  const std::string doubted = std::string(buddy.doubts_a ? " A" : "") + (buddy.doubts_b ? " B" : "");
  return doubted.empty() ? "hears both" : "doubts" + doubted;
}

std::string buddy_lines(const AgentFacts& facts) {
  std::vector<std::vector<std::string>> rows{{"BUDDY", "SERVER", "ADDRESS", "INCARNATION", "STATE", "MISSES",
                                              "LAST LIVE", "WORD", "RTT LAST", "MIN", "MEAN", "MAX", "P50", "P99"}};
  for (const BuddyFacts& buddy : facts.buddies) {
    rows.push_back({std::string{buddy.side}, buddy.server, buddy.address, std::to_string(buddy.incarnation),
                    std::string(buddy.state) + (buddy.kept ? ", KEPT" : ""), std::to_string(buddy.misses),
                    buddy.last_live_age ? rough(*buddy.last_live_age) + " ago" : "never", word_text(buddy)});
    if (const auto& rtt = buddy.rtt) {
      for (const uint64_t ns : {rtt->last_ns, rtt->min_ns, rtt->mean_ns, rtt->max_ns, rtt->p50_ns, rtt->p99_ns}) {
        rows.back().push_back(rough_ns(ns));
      }
    }
  }
  return facts.buddies.empty() ? "no buddies\n" : format_table(rows);
}

std::string answer_lines(const AgentFacts& facts) {
  std::vector<std::vector<std::string>> rows{{"ANSWERS"}};
  for (const BuddyFacts& buddy : facts.buddies) {
    rows.front().push_back(std::string{buddy.side} + " " + buddy.server);
  }
  for (size_t i = 0; i < answer_classes; ++i) {
    rows.push_back({describe(static_cast<AnswerClass>(i))});
    for (const BuddyFacts& buddy : facts.buddies) {
      rows.back().push_back(std::to_string(buddy.answers[i]));
    }
  }
  return facts.buddies.empty() ? "" : format_table(rows) + "\n";
}

std::string packet_lines(const PinnedMaps& maps) {
  std::vector<std::vector<std::string>> rows{{"PACKETS", "COUNT"}};
  for (unsigned i = 0; i < maps.verdicts.size(); ++i) {
    rows.push_back({verdict_name(i), std::to_string(maps.verdicts[i])});
  }
  return format_table(rows);
}

}  // namespace

std::string status_text(const PinnedMaps& maps, const AgentFacts& facts) {
  return head_lines(maps, facts) + "\n" + buddy_lines(facts) + "\n" + answer_lines(facts) + packet_lines(maps);
}

}  // namespace buddyring
