// SPDX-License-Identifier: Apache-2.0
#include "ctl/agent_facts.h"

#include <algorithm>
#include <cstring>

#include "ctl/rtt.h"
#include "kernel/attach_mode.h"
#include "kernel/map_address.h"

namespace buddyring {
namespace {

// A name from a map, which a reader must not trust to end.
template <size_t bytes>
std::string name_from(const char (&field)[bytes]) {
  return {field, ::strnlen(field, bytes)};
}

const char* buddy_state_name(uint32_t state) {
  switch (state) {
    case BUDDYRING_BUDDY_ALIVE:
      return "alive";
    case BUDDYRING_BUDDY_SUSPECT:
      return "suspect";
    case BUDDYRING_BUDDY_CONDEMNED:
      return "condemned";
    case BUDDYRING_BUDDY_CONTESTED:
      return "contested";
    case BUDDYRING_BUDDY_PAUSED:
      return "paused";
    default:
      return "unknown";
  }
}

const char* registry_state_name(uint32_t state) {
  switch (state) {
    case BUDDYRING_REGISTRY_REACHED:
      return "reached";
    case BUDDYRING_REGISTRY_LOST:
      return "lost";
    default:
      return "unknown";
  }
}

const char* endpoint_state_name(uint32_t state) {
  switch (state) {
    case BUDDYRING_ENDPOINT_REACHED:
      return "reached";
    case BUDDYRING_ENDPOINT_STANDBY:
      return "standby";
    case BUDDYRING_ENDPOINT_FAILED:
      return "failed";
    default:
      return "unknown";
  }
}

const char* service_state_name(uint32_t state) {
  switch (state) {
    case BUDDYRING_SERVICE_UNWATCHED:
      return "unwatched";
    case BUDDYRING_SERVICE_RUNS:
      return "runs";
    case BUDDYRING_SERVICE_GONE:
      return "gone";
    default:
      return "unknown";
  }
}

const char* stamp_source_name(uint64_t source) {
  switch (source) {
    case BUDDYRING_STAMP_KERNEL:
      return "kernel";
    case BUDDYRING_STAMP_HARDWARE:
      return "hardware";
    default:
      return "unknown";
  }
}

const char* probe_way_name(uint32_t way) {
  switch (way) {
    case BUDDYRING_PROBE_ICMP:
      return "icmp";
    case BUDDYRING_PROBE_UDP:
      return "udp";
    default:
      return "unknown";
  }
}

// The enumerators of the contract, by enum buddyring_verdict.
constexpr std::array<const char*, BUDDYRING_VERDICTS> packet_keys{"pass_not_ip",
                                                                  "pass_unusual_ip",
                                                                  "pass_other_destination",
                                                                  "pass_not_echo",
                                                                  "pass_other_datagram",
                                                                  "pass_unknown_asker",
                                                                  "pass_wrong_target",
                                                                  "pass_unsealed",
                                                                  "pass_unknown_key",
                                                                  "pass_bad_seal",
                                                                  "pass_bad_icmp",
                                                                  "pass_bad_udp",
                                                                  "pass_foreign_reply",
                                                                  "answered_plain",
                                                                  "answered_probe",
                                                                  "arrived",
                                                                  "drop_unmatched",
                                                                  "drop_duplicate",
                                                                  "drop_replayed",
                                                                  "drop_unsealed",
                                                                  "drop_unknown_key",
                                                                  "drop_bad_seal",
                                                                  "departed"};
static_assert(packet_keys.back() != nullptr, "a counter without a key");

std::optional<BuddyFacts::Rtt> rtt_facts(const buddyring_peer_state& state, const buddyring_rtt_histogram& histogram) {
  if (state.rtt_count == 0) {
    return std::nullopt;
  }
  // A quantile is exact to its bucket only; the extremes are known better.
  const uint64_t highest = std::max(state.rtt_min_ns, state.rtt_max_ns);
  const auto quantile = [&](double fraction) {
    return std::clamp<uint64_t>(quantile_ns(histogram, fraction).value_or(state.rtt_last_ns), state.rtt_min_ns,
                                highest);
  };
  return BuddyFacts::Rtt{state.rtt_last_ns, state.rtt_min_ns,     state.rtt_sum_ns / state.rtt_count,
                         state.rtt_max_ns,  quantile(0.50),       quantile(0.99),
                         state.rtt_count,   state.hardware_stamps};
}

BuddyFacts buddy_facts(const PinnedMaps& maps, size_t index, Instant now) {
  const buddyring_buddy_report& report = maps.report.buddy[index];
  const buddyring_peer& peer = maps.peer[report.slot];
  const buddyring_peer_state& state = maps.peer_state[report.slot];
  const bool kept = state.sighting[BUDDYRING_STALE_KEPT].arrived_ns > state.sighting[BUDDYRING_LIVE].arrived_ns;
  const buddyring_sighting& live = state.sighting[kept ? BUDDYRING_STALE_KEPT : BUDDYRING_LIVE];
  BuddyFacts facts;
  facts.side = index == 0 ? 'A' : 'B';
  facts.slot = report.slot;
  facts.server = name_from(peer.server);
  facts.address = from_map(peer.address).text();
  facts.incarnation = peer.incarnation;
  facts.state = buddy_state_name(report.state);
  facts.kept = kept;
  facts.misses = report.misses;
  facts.departures = state.departures;
  if (live.arrived_ns != 0) {
    facts.last_live_age = now - instant_from_ns(live.arrived_ns);
  }
  facts.counts_us = (live.said & BUDDYRING_ANSWER_ASKER_IS_BUDDY) != 0;
  facts.word_fresh = (live.said & BUDDYRING_ANSWER_WORD_FRESH) != 0;
  facts.doubts_a = facts.word_fresh && (live.said & BUDDYRING_ANSWER_DOUBTS_A) != 0;
  facts.doubts_b = facts.word_fresh && (live.said & BUDDYRING_ANSWER_DOUBTS_B) != 0;
  facts.live_stamped_by = stamp_source_name(live.stamped_by);
  facts.rtt = rtt_facts(state, maps.rtt_histogram[report.slot]);
  for (size_t i = 0; i < facts.answers.size(); ++i) {
    facts.answers[i] = state.sighting[i].count;
  }
  return facts;
}

}  // namespace

AgentFacts agent_facts(const PinnedMaps& maps, Instant now) {
  AgentFacts facts;
  facts.pool = name_from(maps.report.pool);
  facts.server = name_from(maps.report.server);
  for (const buddyring_link_report& link : maps.report.link) {
    if (link.ifindex != 0) {
      facts.links.push_back({.interface = name_from(link.interface),
                             .ifindex = link.ifindex,
                             .xdp_mode = attachment_name(link.attachment),
                             .carrier = link.carrier != 0});
    }
  }
  facts.address = from_map(maps.agent.address).text();
  facts.probe_way = probe_way_name(maps.report.probe_way);
  facts.registry = registry_state_name(maps.report.registry_state);
  if (maps.report.ring_servers != 0) {
    facts.ring_servers_age = now - instant_from_ns(maps.report.ring_servers_ns);
  }
  for (size_t i = 0; i < std::min<size_t>(maps.report.endpoints, std::size(maps.report.endpoint)); ++i) {
    const buddyring_endpoint_report& endpoint = maps.report.endpoint[i];
    facts.endpoints.push_back({.where = name_from(endpoint.where),
                               .state = endpoint_state_name(endpoint.state),
                               .failures = endpoint.failures});
  }
  facts.lease_left = instant_from_ns(maps.agent.lease_expires_ns) - now;
  facts.lease_revoked = maps.agent.term < maps.agent.term_floor;
  facts.keep_stale = maps.agent.keep_stale != 0;
  facts.lease_fresh = facts.lease_left > Duration{0} && !facts.lease_revoked;
  facts.service = service_state_name(maps.report.service_state);
  facts.stamps_requested = stamp_source_name(maps.report.stamps_requested);
  facts.stamps_active = stamp_source_name(maps.report.stamps_active);
  facts.tick_age = now - instant_from_ns(maps.report.tick_ns);
  for (size_t i = 0; i < std::size(maps.report.buddy); ++i) {
    if (maps.report.buddy[i].in_use != 0 && maps.report.buddy[i].slot < BUDDYRING_MAX_PEERS) {
      facts.buddies.push_back(buddy_facts(maps, i, now));
    }
  }
  return facts;
}

const char* answer_class_name(size_t answer_class) {
  constexpr std::array<const char*, BUDDYRING_ANSWER_CLASSES> names{
      "live", "plain", "other_identity", "not_member", "other_incarnation", "stale_lease", "stale_kept"};
  return names.at(answer_class);
}

const char* packet_key(size_t verdict) { return packet_keys.at(verdict); }

}  // namespace buddyring
