// SPDX-License-Identifier: Apache-2.0
// What lasting faults do: the effects are made anew from all that are active.
#include <algorithm>

#include "tests/sim/faults.h"

namespace buddyring::sim {
namespace {

// Agents, the registry, and messages.
void apply_to_agents(const Fault& fault, Effects& effects) {
  switch (fault.kind) {
    case FaultKind::agent_stopped:
      effects.stopped.insert(fault.who.begin(), fault.who.end());
      break;
    case FaultKind::agent_starved:
      effects.starved.insert(fault.who.begin(), fault.who.end());
      effects.starvation = std::max(effects.starvation, fault.span);
      break;
    case FaultKind::probe_failed:
      if (fault.from != nobody) {
        effects.probes_fail_to.insert({fault.from, fault.to});
      }
      effects.probes_fail.insert(fault.who.begin(), fault.who.end());
      effects.probe_failure = std::max(effects.probe_failure, fault.share);
      break;
    case FaultKind::registry_down:
      effects.registry_down = true;
      effects.registry_mute = effects.registry_mute || fault.flag;
      break;
    case FaultKind::registry_slow:
      effects.registry_delay += fault.span;
      break;
    case FaultKind::registry_unreachable:
      effects.without_registry.insert(fault.who.begin(), fault.who.end());
      effects.router_without_registry = effects.router_without_registry || fault.flag;
      break;
    case FaultKind::verdicts_paused:
      effects.verdicts_paused = true;
      break;
    case FaultKind::reply_lost:
      effects.reply_loss = std::max(effects.reply_loss, fault.share);
      break;
    case FaultKind::message_lost:
      if (!fault.who.empty()) {  // by hand alone
        effects.without_messages.insert(fault.who.begin(), fault.who.end());
        break;
      }
      (fault.flag ? effects.message_loss : effects.acknowledgement_loss) = fault.share;
      break;
    case FaultKind::message_repeated:
      effects.message_repetition = fault.share;
      break;
    default:
      break;
  }
}

// The network; what is none of it, too.
void apply_one(const Fault& fault, Effects& effects) {
  switch (fault.kind) {
    case FaultKind::loss:
      effects.loss = std::max(effects.loss, fault.share);
      break;
    case FaultKind::delay:
      effects.delay += fault.span;
      break;
    case FaultKind::duplication:
      effects.duplication = std::max(effects.duplication, fault.share);
      break;
    case FaultKind::reordering:
      effects.reordering = std::max(effects.reordering, fault.share);
      effects.reordering_delay = std::max(effects.reordering_delay, fault.span);
      break;
    case FaultKind::pair_cut:
      effects.cut.insert({fault.to, fault.from});
      [[fallthrough]];
    case FaultKind::one_way_cut:
      effects.cut.insert({fault.from, fault.to});
      break;
    case FaultKind::partition:
      effects.side = fault.side;
      // The registry is on one side, or reached by both.
      for (NodeId host = 0; host < fault.side.size() && fault.flag; ++host) {
        if (fault.side[host] == 0) {
          effects.without_registry.insert(host);
        }
      }
      break;
    case FaultKind::isolation:
      effects.isolated.insert(fault.who.begin(), fault.who.end());
      if (fault.flag) {
        effects.without_registry.insert(fault.who.begin(), fault.who.end());
      }
      break;
    case FaultKind::unplugged:
      effects.unplugged.insert(fault.who.begin(), fault.who.end());
      effects.without_registry.insert(fault.who.begin(), fault.who.end());
      break;
    case FaultKind::answers_vanish:
      effects.unheard.insert(fault.who.begin(), fault.who.end());
      break;
    default:
      apply_to_agents(fault, effects);
      break;
  }
}

}  // namespace

void Faults::apply() {
  Effects effects;
  for (const uint32_t item : active_) {
    apply_one(faults_[item], effects);
  }
  if (!effects.side.empty()) {
    effects.side.resize(world_.nodes.size());
  }
  world_.effects = std::move(effects);
  world_.effects_changed();
}

}  // namespace buddyring::sim
