// SPDX-License-Identifier: Apache-2.0
// Effects: what is wrong right now, of all that lasts for a while. The plan of
// faults makes it anew whenever one begins or ends; network, registry and hosts
// look at it.
#pragma once

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "tests/sim/event_queue.h"

namespace buddyring::sim {

struct Effects {
  // Of every packet.
  double loss = 0;
  double duplication = 0;
  double reordering = 0;  // chance of a delay of up to `reordering_delay`
  Nanos reordering_delay = 0;
  Nanos delay = 0;  // added to each way
  // {from, to}: nothing passes.
  std::set<std::pair<NodeId, NodeId>> cut;
  std::vector<uint8_t> side;   // by host, where the network is split; empty: it is not
  std::set<NodeId> isolated;   // from all other hosts
  std::set<NodeId> unplugged;  // the same, and the host sees it
  std::set<NodeId> unheard;    // what their kernels answer is lost, and nothing else

  // Of agents.
  std::set<NodeId> stopped;
  std::set<NodeId> starved;
  Nanos starvation = 0;  // a wake-up is late by up to this
  // A probe cannot be handed to the kernel, through the host's own fault.
  double probe_failure = 0;
  std::set<NodeId> probes_fail;                        // of these hosts
  std::set<std::pair<NodeId, NodeId>> probes_fail_to;  // {from, to}

  // Of the registry.
  bool registry_down = false;
  bool registry_mute = false;  // down without refusing: whoever calls waits
  Nanos registry_delay = 0;    // mean, added to each call
  double reply_loss = 0;       // of calls that were carried out
  std::set<NodeId> without_registry;
  bool router_without_registry = false;
  bool verdicts_paused = false;  // an operator has asked that none counts

  // Of messages between agents.
  double message_loss = 0;
  double acknowledgement_loss = 0;
  std::set<NodeId> without_messages;  // nothing that is sent to these arrives
  double message_repetition = 0;

  [[nodiscard]] bool fails_probes(NodeId host) const {
    const auto is_from = [host](const auto& pair) { return pair.first == host; };
    return probes_fail.contains(host) || std::ranges::any_of(probes_fail_to, is_from);
  }
  [[nodiscard]] bool passes(NodeId from, NodeId to) const {
    if (!cut.empty() && cut.contains({from, to})) {
      return false;
    }
    if (!side.empty() && side[from] != side[to]) {
      return false;
    }
    const auto holds_back = [&](const std::set<NodeId>& hosts) {
      return !hosts.empty() && (hosts.contains(from) || hosts.contains(to));
    };
    return !holds_back(isolated) && !holds_back(unplugged);
  }
};

}  // namespace buddyring::sim
