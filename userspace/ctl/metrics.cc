// SPDX-License-Identifier: Apache-2.0
#include "ctl/metrics.h"

#include "ctl/metric_families.h"
#include "posix/clock.h"
#include "posix/version.h"

namespace buddyring {

Result<MetricsReading> read_metrics(const std::string& pin_root, const std::string& pool, const std::string& server) {
  const auto names = list_pinned(pin_root);
  if (!names.ok()) {
    return names.error();
  }
  MetricsReading reading;
  for (const std::string& name : names.value()) {
    auto maps = read_pinned(pin_root, name);
    if (!maps.ok()) {
      if (maps.error().kind == ErrorKind::access_denied) {
        return maps.error();
      }
      ++reading.unreadable;
      continue;
    }
    AgentFacts facts = agent_facts(maps.value(), monotonic_now());
    if ((pool.empty() || pool == facts.pool) && (server.empty() || server == facts.server)) {
      reading.agents.push_back({std::move(maps.value()), std::move(facts)});
    }
  }
  return reading;
}

std::string metrics_text(const MetricsReading& reading) {
  MetricsText text;
  text.family("buddyring_exporter_info", MetricType::gauge, "The version of what serves these metrics.");
  text.sample({{"version", std::string{version()}}}, 1);
  text.family("buddyring_exporter_agents", MetricType::gauge, "Agents whose pinned maps were read.");
  text.sample({}, static_cast<double>(reading.agents.size()));
  text.family("buddyring_exporter_unreadable_agents", MetricType::gauge, "Agents whose pinned maps could not be read.");
  text.sample({}, static_cast<double>(reading.unreadable));
  if (reading.agents.empty()) {
    return text.take();
  }
  for (const auto& families : {agent_families(), traffic_families(), buddy_families()}) {
    for (const MetricFamily& family : families) {
      text.family(family.name, family.type, family.help);
      for (const AgentReading& agent : reading.agents) {
        family.write(text, agent, {{"pool", agent.facts.pool}, {"server", agent.facts.server}});
      }
    }
  }
  return text.take();
}

}  // namespace buddyring
