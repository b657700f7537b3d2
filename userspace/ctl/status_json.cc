// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdio>

#include "core/delay_histogram.h"
#include "ctl/status_forms.h"

namespace buddyring {
namespace {

// JSON numbers lose bits above 2^53 in many readers; an identity needs all 64.
std::string hexadecimal(uint64_t value) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

Json buddy_json(const BuddyFacts& buddy) {
  Json document{{"side", std::string{buddy.side}},
                {"server", buddy.server},
                {"address", buddy.address},
                {"incarnation", buddy.incarnation},
                {"state", buddy.state},
                {"kept", buddy.kept},
                {"misses", buddy.misses},
                {"departures", buddy.departures},
                {"last_live_age_ns", buddy.last_live_age ? Json(buddy.last_live_age->count()) : Json(nullptr)},
                {"live_stamped_by", buddy.live_stamped_by},
                {"counts_us", buddy.counts_us},
                {"word", {{"fresh", buddy.word_fresh}, {"doubts_a", buddy.doubts_a}, {"doubts_b", buddy.doubts_b}}},
                {"rtt", nullptr},
                {"answers", Json::object()}};
  if (const auto& rtt = buddy.rtt) {
    document["rtt"] = {{"last_ns", rtt->last_ns}, {"min_ns", rtt->min_ns},
                       {"mean_ns", rtt->mean_ns}, {"max_ns", rtt->max_ns},
                       {"p50_ns", rtt->p50_ns},   {"p99_ns", rtt->p99_ns},
                       {"count", rtt->count},     {"hardware_stamped", rtt->hardware_stamped}};
  }
  for (size_t i = 0; i < buddy.answers.size(); ++i) {
    document["answers"][answer_class_name(i)] = buddy.answers[i];
  }
  return document;
}

Json links_json(const AgentFacts& facts) {
  Json links = Json::array();
  for (const AgentFacts::Link& link : facts.links) {
    links.push_back({{"interface", link.interface},
                     {"ifindex", link.ifindex},
                     {"xdp_mode", link.xdp_mode},
                     {"carrier", link.carrier}});
  }
  return links;
}

// As many counts as there are bounds, and one of what is beyond the last.
Json delays_json(const buddyring_delay_histogram& histogram) {
  Json bounds = Json::array();
  Json counts = Json::array();
  for (size_t bucket = 0; bucket < BUDDYRING_DELAY_BUCKETS; ++bucket) {
    counts.push_back(histogram.bucket[bucket]);
    if (const auto end = delay_bucket_end(bucket)) {
      bounds.push_back(end->count());
    }
  }
  return {{"count", delay_count(histogram)}, {"sum_ns", histogram.sum_ns}, {"below_ns", bounds}, {"counts", counts}};
}

Json endpoints_json(const AgentFacts& facts) {
  Json endpoints = Json::array();
  for (const AgentFacts::Endpoint& endpoint : facts.endpoints) {
    endpoints.push_back({{"endpoint", endpoint.where}, {"state", endpoint.state}, {"failures", endpoint.failures}});
  }
  return endpoints;
}

Json refusals_json(const buddyring_report& report) {
  return {{"malformed", report.replaces_malformed},
          {"oversize", report.replaces_oversize},
          {"other_version", report.replaces_other_version},
          {"timed_out", report.replaces_timed_out},
          {"too_many", report.replaces_too_many},
          {"broken", report.replaces_broken},
          {"unsigned", report.replaces_unsigned},
          {"unknown_key", report.replaces_unknown_key},
          {"bad_mac", report.replaces_bad_mac},
          {"stale", report.replaces_stale},
          {"mismatch", report.replaces_mismatch},
          {"wrong_pool", report.replaces_wrong_pool},
          {"wrong_receiver", report.replaces_wrong_receiver},
          {"not_member", report.replaces_not_member}};
}

Json agent_json(const buddyring_report& report, const AgentFacts& facts) {
  return {{"pid", report.pid},
          {"started_ns", report.started_ns},
          {"tick_age_ns", facts.tick_age.count()},
          {"ticks", report.ticks},
          {"stalls", report.stalls},
          {"stall_max_ns", report.stall_max_ns},
          {"tick_delay", delays_json(report.tick_delay)},
          {"realtime_priority", report.realtime_priority},
          {"deadline_us", report.deadline_us},
          {"escalations", report.escalations},
          {"memory_locked", report.memory_locked != 0},
          {"cpu", report.pinned_cpu == 0 ? Json(nullptr) : Json(report.pinned_cpu - 1)},
          {"deaths_pronounced", report.verdicts},
          {"inquiries", report.beyond},
          {"inquiries_contested", report.contested},
          {"removals", report.removals},
          {"expects", report.expects},
          {"replaces_applied", report.replaces_applied},
          {"replaces_repeated", report.replaces_repeated},
          {"replaces_refused", report.replaces_refused},
          {"replaces_refused_for", refusals_json(report)}};
}

}  // namespace

Json status_json(const PinnedMaps& maps, const AgentFacts& facts) {
  const buddyring_report& report = maps.report;
  Json document{{"pool", facts.pool},
                {"server", facts.server},
                {"identity", hexadecimal(maps.agent.identity)},
                {"address", facts.address},
                {"links", links_json(facts)},
                {"carrier", report.carrier != 0},
                {"member", maps.agent.member != 0},
                {"incarnation", maps.agent.incarnation},
                {"epoch", maps.agent.epoch},
                {"interval_ns", report.interval_ns},
                {"misses", report.misses},
                {"probe", facts.probe_way},
                {"probe_port", report.probe_port},
                {"registry", facts.registry},
                {"endpoints", endpoints_json(facts)},
                {"registry_call", delays_json(report.registry_call)},
                {"replace_port", report.replace_port}};
  document["lease"] = {{"fresh", facts.lease_fresh},          {"revoked", facts.lease_revoked},
                       {"left_ns", facts.lease_left.count()}, {"length_ns", report.lease_ns},
                       {"keep_stale", facts.keep_stale},      {"exit_notice", report.exit_notice != 0}};
  document["ring"] = nullptr;
  if (facts.ring_servers_age) {
    document["ring"] = {{"servers", report.ring_servers}, {"age_ns", facts.ring_servers_age->count()}};
  }
  document["service"] = facts.service;
  document["stamps"] = {{"requested", facts.stamps_requested},
                        {"active", facts.stamps_active},
                        {"card_translated", maps.card_clock.translated},
                        {"card_missing", maps.card_clock.missing},
                        {"card_steps", maps.card_clock.steps}};
  document["agent"] = agent_json(report, facts);
  document["buddies"] = Json::array();
  for (const BuddyFacts& buddy : facts.buddies) {
    document["buddies"].push_back(buddy_json(buddy));
  }
  document["packets"] = Json::object();
  for (size_t i = 0; i < maps.verdicts.size(); ++i) {
    document["packets"][packet_key(i)] = maps.verdicts[i];
  }
  document["pins"] = maps.directory;
  return document;
}

}  // namespace buddyring
