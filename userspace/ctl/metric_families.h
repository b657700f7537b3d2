// SPDX-License-Identifier: Apache-2.0
// The table of what is told of each agent.
#pragma once

#include <span>

#include "ctl/metrics.h"
#include "ctl/metrics_text.h"

namespace buddyring {

struct MetricFamily {
  const char* name;
  MetricType type;
  const char* help;
  // Adds the agent's samples, each with at least `labels`.
  void (*write)(MetricsText& text, const AgentReading& agent, const MetricLabels& labels);
};

// The agent as such; its frames, messages and cards; its buddies.
[[nodiscard]] std::span<const MetricFamily> agent_families();
[[nodiscard]] std::span<const MetricFamily> traffic_families();
[[nodiscard]] std::span<const MetricFamily> buddy_families();

// The labels and one more.
[[nodiscard]] inline MetricLabels with(MetricLabels labels, std::string_view name, std::string value) {
  labels.emplace_back(name, std::move(value));
  return labels;
}

// One sample for each of `states`, 1 for that in which it is and 0 for the others.
template <class States>
void write_states(MetricsText& text, const MetricLabels& labels, const States& states, std::string_view current) {
  for (const char* state : states) {
    text.sample(with(labels, "state", state), current == state ? 1 : 0);
  }
}

[[nodiscard]] inline double seconds_of(uint64_t ns) { return static_cast<double>(ns) / 1e9; }
[[nodiscard]] inline double seconds_of(Duration duration) { return static_cast<double>(duration.count()) / 1e9; }

}  // namespace buddyring
