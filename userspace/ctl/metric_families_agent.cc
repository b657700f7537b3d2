// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "core/delay_histogram.h"
#include "ctl/metric_families.h"

namespace buddyring {
namespace {

using enum MetricType;

template <auto field>
void report_number(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  text.sample(labels, static_cast<double>(agent.maps.report.*field));
}

template <auto field>
void report_seconds(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  text.sample(labels, seconds_of(agent.maps.report.*field));
}

template <auto field>
void agent_number(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  text.sample(labels, static_cast<double>(agent.maps.agent.*field));
}

template <auto fact>
void flag(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  text.sample(labels, agent.facts.*fact ? 1 : 0);
}

template <auto fact>
void fact_seconds(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  text.sample(labels, seconds_of(agent.facts.*fact));
}

void write_info(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  text.sample(with(with(labels, "address", agent.facts.address), "probe", agent.facts.probe_way), 1);
}

void write_registry(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  write_states(text, labels, std::array{"reached", "lost", "unknown"}, agent.facts.registry);
}

// The place in --registry is a label, too, for the map cuts long names short.
template <class Write>
void each_endpoint(const AgentReading& agent, const MetricLabels& labels, Write write) {
  size_t place = 0;
  for (const AgentFacts::Endpoint& endpoint : agent.facts.endpoints) {
    write(endpoint, with(with(labels, "endpoint", endpoint.where), "place", std::to_string(++place)));
  }
}

void write_endpoints(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  each_endpoint(agent, labels, [&](const AgentFacts::Endpoint& endpoint, const MetricLabels& of_endpoint) {
    write_states(text, of_endpoint, std::array{"reached", "standby", "failed", "unknown"}, endpoint.state);
  });
}

void write_endpoint_failures(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  each_endpoint(agent, labels, [&](const AgentFacts::Endpoint& endpoint, const MetricLabels& of_endpoint) {
    text.sample(of_endpoint, endpoint.failures);
  });
}

// The count is that of the buckets: a histogram whose parts disagree is none.
void write_delays(MetricsText& text, const MetricLabels& labels, const buddyring_delay_histogram& histogram) {
  uint64_t up_to_here = 0;
  for (size_t bucket = 0; bucket < BUDDYRING_DELAY_BUCKETS; ++bucket) {
    up_to_here += histogram.bucket[bucket];
    const auto end = delay_bucket_end(bucket);
    text.sample(with(labels, "le", end ? metric_number(seconds_of(*end)) : "+Inf"), static_cast<double>(up_to_here),
                "_bucket");
  }
  text.sample(labels, seconds_of(histogram.sum_ns), "_sum");
  text.sample(labels, static_cast<double>(up_to_here), "_count");
}

template <auto field>
void report_delays(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  write_delays(text, labels, agent.maps.report.*field);
}

// Before the table has said it, there is nothing to be told.
void write_ring_servers(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  if (agent.facts.ring_servers_age) {
    text.sample(labels, static_cast<double>(agent.maps.report.ring_servers));
  }
}

void write_ring_servers_age(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  if (agent.facts.ring_servers_age) {
    text.sample(labels, seconds_of(*agent.facts.ring_servers_age));
  }
}

void write_service(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  write_states(text, labels, std::array{"unwatched", "runs", "gone"}, agent.facts.service);
}

void write_links(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  for (const AgentFacts::Link& link : agent.facts.links) {
    text.sample(with(with(labels, "interface", link.interface), "attachment", link.xdp_mode), link.carrier ? 1 : 0);
  }
}

using Report = buddyring_report;

constexpr std::array<MetricFamily, 33> table{{
    {"buddyring_agent_info", gauge, "1; its labels tell the server's address and how it probes.", &write_info},
    {"buddyring_agent_tick_age_seconds", gauge, "Time since the agent last ran its tick.",
     &fact_seconds<&AgentFacts::tick_age>},
    {"buddyring_agent_ticks_total", counter, "Ticks of the agent.", &report_number<&Report::ticks>},
    {"buddyring_agent_stalls_total", counter, "Ticks that ran more than one interval late.",
     &report_number<&Report::stalls>},
    {"buddyring_agent_stall_max_seconds", gauge, "The longest delay of a tick since the agent started.",
     &report_seconds<&Report::stall_max_ns>},
    {"buddyring_tick_delay_seconds", histogram, "How late each tick of the agent ran.",
     &report_delays<&Report::tick_delay>},
    {"buddyring_realtime_priority", gauge, "Real-time priority of the agent's thread; 0 when it has none.",
     &report_number<&Report::realtime_priority>},
    {"buddyring_escalations_total", counter, "Times that late ticks made the agent take real-time priority.",
     &report_number<&Report::escalations>},
    {"buddyring_memory_locked", gauge, "1 when the agent's memory is locked into RAM.",
     &report_number<&Report::memory_locked>},
    {"buddyring_lease_remaining_seconds", gauge, "What is left of the lease; negative when it ran out.",
     &fact_seconds<&AgentFacts::lease_left>},
    {"buddyring_lease_length_seconds", gauge, "For how long the kernel vouches for a silent agent.",
     &report_seconds<&Report::lease_ns>},
    {"buddyring_lease_fresh", gauge, "1 while the kernel's answers vouch for the agent.",
     &flag<&AgentFacts::lease_fresh>},
    {"buddyring_lease_revoked", gauge, "1 after the agent, or a process that it watches, exited.",
     &flag<&AgentFacts::lease_revoked>},
    {"buddyring_member", gauge, "1 while the server holds itself a member of the pool.",
     &agent_number<&buddyring_agent::member>},
    {"buddyring_incarnation", gauge, "The server's incarnation.", &agent_number<&buddyring_agent::incarnation>},
    {"buddyring_epoch", gauge, "The epoch of the server's buddy list.", &agent_number<&buddyring_agent::epoch>},
    {"buddyring_probe_interval_seconds", gauge, "Time between two probes.", &report_seconds<&Report::interval_ns>},
    {"buddyring_misses_limit", gauge, "Missed cycles after which a buddy is dead.", &report_number<&Report::misses>},
    {"buddyring_carrier", gauge, "1 while a link of the server is up and its address is there.",
     &report_number<&Report::carrier>},
    {"buddyring_link_carrier", gauge, "1 while the interface is up.", &write_links},
    {"buddyring_registry_state", gauge, "1 for the state of the agent's connection to the server table.",
     &write_registry},
    {"buddyring_registry_endpoint_state", gauge, "1 for the state of an endpoint of the server table.",
     &write_endpoints},
    {"buddyring_registry_endpoint_failures_total", counter, "Times that the endpoint failed the agent.",
     &write_endpoint_failures},
    {"buddyring_registry_call_seconds", histogram, "How long each of the agent's requests to the server table took.",
     &report_delays<&Report::registry_call>},
    {"buddyring_ring_servers", gauge, "Servers of the ring, as the server table last said.", &write_ring_servers},
    {"buddyring_ring_servers_age_seconds", gauge, "Time since the server table said how many servers the ring has.",
     &write_ring_servers_age},
    {"buddyring_service_state", gauge, "1 for the state of what the agent watches on its own host.", &write_service},
    {"buddyring_exit_notice", gauge, "1 when the kernel revokes the lease as a process exits.",
     &report_number<&Report::exit_notice>},
    {"buddyring_verdicts_total", counter, "Deaths that the agent has pronounced.", &report_number<&Report::verdicts>},
    {"buddyring_inquiries_total", counter, "Inquiries begun into who is beyond a suspect.",
     &report_number<&Report::beyond>},
    {"buddyring_inquiries_contested_total", counter, "Inquiries that ended because the witness hears the suspect.",
     &report_number<&Report::contested>},
    {"buddyring_removals_total", counter, "Times that the server was deleted while it lived.",
     &report_number<&Report::removals>},
    {"buddyring_expects_total", counter, "Newcomers that told the server to expect them.",
     &report_number<&Report::expects>},
}};

}  // namespace

std::span<const MetricFamily> agent_families() { return table; }

}  // namespace buddyring
