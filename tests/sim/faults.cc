// SPDX-License-Identifier: Apache-2.0
// Drawing faults. What lasting ones do is in faults_effects.cc, what strikes
// hosts in faults_strike.cc.
#include "tests/sim/faults.h"

#include <algorithm>

namespace buddyring::sim {

const char* name_of(FaultKind kind) {
  constexpr std::array<const char*, fault_kinds> names{"loss",
                                                       "delay",
                                                       "duplication",
                                                       "reordering",
                                                       "one-way-cut",
                                                       "pair-cut",
                                                       "partition",
                                                       "isolation",
                                                       "unplugged",
                                                       "crash",
                                                       "reboot",
                                                       "agent-stopped",
                                                       "agent-starved",
                                                       "agent-killed",
                                                       "leave",
                                                       "registry-down",
                                                       "registry-slow",
                                                       "registry-unreachable",
                                                       "reply-lost",
                                                       "message-lost",
                                                       "message-repeated",
                                                       "adjacent-deaths",
                                                       "rack",
                                                       "concurrent-announces",
                                                       "duplicate-address",
                                                       "impostor",
                                                       "probe-failed",
                                                       "answers-vanish",
                                                       "verdicts-paused",
                                                       "clock-rate"};
  return names.at(static_cast<size_t>(kind));
}

Faults::Faults(World& world, const FaultChoice& choice, double intensity)
    : world_(world), chance_(world.setup.seed, streams::plan), choice_(choice), intensity_(intensity) {
  world_.plan = this;
  counts_[static_cast<size_t>(FaultKind::clock_rate)] = world_.setup.servers;
  choice_[static_cast<size_t>(FaultKind::clock_rate)] = false;
  // Where nobody names a zone there is no rack to fail.
  bool& rack = choice_[static_cast<size_t>(FaultKind::rack)];
  rack = rack && world_.setup.zones != 0;
}

// --- drawing ----------------------------------------------------------------------

FaultKind Faults::draw_kind() {
  for (;;) {
    const auto kind = chance_.below(fault_kinds);
    if (choice_[kind]) {
      return static_cast<FaultKind>(kind);
    }
  }
}

void Faults::draw(Nanos span) {
  for (const NodeId host : off()) {
    if (chance_.chance(0.5)) {
      restart(host, chance_.between(0, span / 2), chance_.between(0, second), world_.now + span);
    }
  }
  if (std::ranges::none_of(choice_, [](bool chosen) { return chosen; })) {
    return;
  }
  const auto count = 1 + chance_.below(1 + static_cast<uint64_t>(5 * intensity_));
  for (uint64_t i = 0; i < count; ++i) {
    const Nanos from = chance_.between(0, span);
    // Half of them are short, for what matters is often a matter of intervals.
    const Nanos longest = chance_.chance(0.5) ? std::min(span, 20 * world_.setup.interval()) : span;
    Fault fault;
    fault.kind = draw_kind();
    fault.until = world_.now + std::min(span, from + chance_.between(0, longest));
    faults_.push_back(std::move(fault));
    world_.queue.add(world_.now + from, Happening::fault, 0, static_cast<uint32_t>(faults_.size() - 1));
  }
}

void Faults::add(Fault fault) {
  faults_.push_back(std::move(fault));
  const auto item = static_cast<uint32_t>(faults_.size() - 1);
  active_.push_back(item);
  world_.queue.add(faults_[item].until, Happening::fault_ends, 0, item);
  say(faults_[item]);
  apply();
}

NodeId Faults::any(const std::vector<NodeId>& hosts) {
  return hosts.empty() ? nobody : hosts[chance_.below(hosts.size())];
}

std::vector<NodeId> Faults::running() const {
  std::vector<NodeId> hosts;
  for (const auto& node : world_.nodes) {
    if (node->has_agent() && node->name().front() == 's') {
      hosts.push_back(node->id());
    }
  }
  return hosts;
}

std::vector<NodeId> Faults::off() const {
  std::vector<NodeId> hosts;
  for (const auto& node : world_.nodes) {
    if (!node->has_agent() && !node->wanted() && node->name().front() == 's') {
      hosts.push_back(node->id());
    }
  }
  return hosts;
}

std::vector<NodeId> Faults::neighbours(size_t count) {
  std::vector<NodeId> hosts;
  const ModelTable& table = world_.registry.table();
  const NodeId first = any(running());
  const ModelTable::Row* row = first == nobody ? nullptr : table.find(world_.node(first).name());
  std::string before;
  while (row != nullptr && hosts.size() < std::min(count, table.size())) {
    if (const Node* node = world_.node_named(row->server.name)) {
      hosts.push_back(node->id());
    }
    const std::string& next = row->a == before ? row->b : row->a;
    before = row->server.name;
    row = table.find(next);
  }
  return hosts;
}

// --- lasting faults ---------------------------------------------------------------

void Faults::begin(uint32_t item) {
  Fault& fault = faults_[item];
  if (fault.until < world_.now) {
    return;
  }
  ++counts_[static_cast<size_t>(fault.kind)];
  if (fault.kind == FaultKind::duplicate_address || fault.kind == FaultKind::impostor) {
    strike_address(fault);
  } else {
    begin_lasting(fault);
    strike(fault);
  }
  say(fault);
  active_.push_back(item);
  world_.queue.add(fault.until, Happening::fault_ends, 0, item);
  apply();
}

void Faults::end(uint32_t item) {
  if (std::erase(active_, item) == 0) {
    return;
  }
  const Fault& fault = faults_[item];
  if (fault.kind == FaultKind::duplicate_address || fault.kind == FaultKind::impostor) {
    for (const NodeId stranger : fault.who) {
      send_away(world_.node(stranger));
    }
  }
  if (world_.trace.wants_lines()) {
    world_.trace.line(world_.now, "FAULT", std::string("over: ") + name_of(fault.kind));
  }
  apply();
}

void Faults::calm() {
  for (const uint32_t item : std::vector<uint32_t>(active_)) {
    end(item);
  }
  // Nobody could ever tell of the dead if all were.
  if (const NodeId host = any(off()); host != nobody && running().empty() && world_.registry.table().size() > 0) {
    world_.boot(host);
  }
}

void Faults::draw_pair(Fault& fault) {
  // Mostly buddies: other pairs matter only now and then.
  const auto hosts = chance_.chance(0.8) ? neighbours(2) : running();
  if (hosts.size() >= 2) {
    const auto first = chance_.below(hosts.size());
    const auto other = (first + 1 + chance_.below(hosts.size() - 1)) % hosts.size();
    fault.from = hosts[first];
    fault.to = hosts[other];
  }
}

void Faults::begin_lasting(Fault& fault) {
  const Nanos interval = world_.setup.interval();
  fault.share = 0.02 + 0.5 * chance_.real() * chance_.real();
  fault.flag = chance_.chance(0.5);
  switch (fault.kind) {
    case FaultKind::delay:
      fault.span = chance_.between(0, 4 * interval);
      break;
    case FaultKind::reordering:
      fault.span = chance_.between(0, 6 * interval);
      break;
    case FaultKind::one_way_cut:
    case FaultKind::pair_cut:
      draw_pair(fault);
      break;
    case FaultKind::partition:
      for (size_t i = 0; i < world_.nodes.size(); ++i) {
        fault.side.push_back(static_cast<uint8_t>(chance_.below(2)));
      }
      [[fallthrough]];
    case FaultKind::isolation:
    case FaultKind::unplugged:
    case FaultKind::agent_stopped:
      fault.who.insert(any(running()));
      break;
    case FaultKind::probe_failed:
      // All that a host sends, or what it sends to one other.
      if (fault.flag) {
        draw_pair(fault);
      } else {
        fault.who.insert(any(running()));
      }
      fault.share = chance_.chance(0.5) ? 1 : chance_.real();
      break;
    case FaultKind::answers_vanish:
      fault.who.insert(any(fault.flag && !off().empty() ? off() : running()));
      break;
    case FaultKind::agent_starved:
      fault.who.insert(any(running()));
      fault.span = chance_.between(interval / 2, fault.flag ? 3 * interval : nanos(world_.setup.lease) * 3 / 2);
      break;
    case FaultKind::registry_slow:
      fault.span = chance_.between(interval / 4, fault.flag ? 4 * interval : 500 * millisecond);
      break;
    case FaultKind::registry_unreachable:
      for (const NodeId host : running()) {
        if (chance_.chance(0.3)) {
          fault.who.insert(host);
        }
      }
      break;
    case FaultKind::reply_lost:
    case FaultKind::message_lost:
    case FaultKind::message_repeated:
      fault.share = 0.1 + 0.9 * chance_.real();
      break;
    default:
      break;
  }
}

}  // namespace buddyring::sim
