// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "ctl/metric_families.h"

namespace buddyring {
namespace {

using enum MetricType;
using Report = buddyring_report;

struct Refusal {
  const char* reason;
  __u64 Report::*count;
};

constexpr std::array<Refusal, 14> refusals{{{"malformed", &Report::replaces_malformed},
                                            {"oversize", &Report::replaces_oversize},
                                            {"other_version", &Report::replaces_other_version},
                                            {"timed_out", &Report::replaces_timed_out},
                                            {"too_many", &Report::replaces_too_many},
                                            {"broken", &Report::replaces_broken},
                                            {"unsigned", &Report::replaces_unsigned},
                                            {"unknown_key", &Report::replaces_unknown_key},
                                            {"bad_mac", &Report::replaces_bad_mac},
                                            {"stale", &Report::replaces_stale},
                                            {"mismatch", &Report::replaces_mismatch},
                                            {"wrong_pool", &Report::replaces_wrong_pool},
                                            {"wrong_receiver", &Report::replaces_wrong_receiver},
                                            {"not_member", &Report::replaces_not_member}}};

void write_packets(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  for (size_t i = 0; i < agent.maps.verdicts.size(); ++i) {
    text.sample(with(labels, "outcome", packet_key(i)), static_cast<double>(agent.maps.verdicts[i]));
  }
}

template <auto field>
void report_number(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  text.sample(labels, static_cast<double>(agent.maps.report.*field));
}

void write_refusals(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  for (const Refusal& refusal : refusals) {
    text.sample(with(labels, "reason", refusal.reason), static_cast<double>(agent.maps.report.*refusal.count));
  }
}

void write_card(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  const buddyring_card_clock& card = agent.maps.card_clock;
  text.sample(with(labels, "stamp", "used"), static_cast<double>(card.translated));
  text.sample(with(labels, "stamp", "missing"), static_cast<double>(card.missing));
  text.sample(with(labels, "stamp", "clock_set"), static_cast<double>(card.steps));
}

constexpr std::array<MetricFamily, 5> table{{
    {"buddyring_packets_total", counter, "Frames that the kernel programs saw, by what became of them.",
     &write_packets},
    {"buddyring_replaces_applied_total", counter, "ServerReplace messages that changed the buddy list.",
     &report_number<&Report::replaces_applied>},
    {"buddyring_replaces_repeated_total", counter, "ServerReplace messages that were heard before and still true.",
     &report_number<&Report::replaces_repeated>},
    {"buddyring_replaces_refused_total", counter, "ServerReplace messages that changed nothing, by reason.",
     &write_refusals},
    {"buddyring_card_frames_total", counter, "Echo replies by what the network card's stamp was good for.",
     &write_card},
}};

}  // namespace

std::span<const MetricFamily> traffic_families() { return table; }

}  // namespace buddyring
