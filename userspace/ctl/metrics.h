// SPDX-License-Identifier: Apache-2.0
// The metrics of all agents on this host, from what is pinned alone.
//
// Theory of operation. What there is to be told is a table of families: name, type,
// help, and how an agent's samples of it are made. Prometheus wants all samples of a
// family together, so the outer loop is over families and the inner one over agents,
// which the labels `pool` and `server` tell apart. docs/metrics.md is the same table
// for people; a test compares the two.
#pragma once

#include <string>
#include <vector>

#include "ctl/agent_facts.h"

namespace buddyring {

// An agent's maps, read at `now`.
struct AgentReading {
  PinnedMaps maps;
  AgentFacts facts;
};

struct MetricsReading {
  std::vector<AgentReading> agents;
  size_t unreadable = 0;  // pinned, but of another layout, or being removed
};

// Of what is pinned under `pin_root`, the agents of that pool and server; "" stands for
// any. An error when the root itself cannot be read; without pins there are no agents.
[[nodiscard]] Result<MetricsReading> read_metrics(const std::string& pin_root, const std::string& pool,
                                                  const std::string& server);

// In Prometheus' text form.
[[nodiscard]] std::string metrics_text(const MetricsReading& reading);

}  // namespace buddyring
