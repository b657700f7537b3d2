// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/world.h"

#include <algorithm>
#include <charconv>

namespace buddyring::sim {

World::World(const Setup& chosen, Trace::Lines lines)
    : setup(chosen),
      trace(lines),
      network(setup),
      registry(*this),
      messages(*this),
      checker(*this),
      clients(*this),
      hosts_chance(setup.seed, streams::hosts),
      agents_chance(setup.seed, streams::agents) {
  for (unsigned i = 0; i < setup.servers; ++i) {
    const unsigned zone = setup.zones != 0 ? i % setup.zones : 0;
    add_host("s" + std::to_string(i), setup.zones != 0 ? "z" + std::to_string(zone) : "");
  }
}

NodeId World::add_host(const std::string& name, const std::string& zone, uint32_t address) {
  const auto id = static_cast<NodeId>(nodes.size());
  const uint32_t own = address != 0 ? address : id + 1;
  holders.resize(std::max<size_t>(holders.size(), own + 1), nobody);
  const HostClock clock(hosts_chance.between(100 * second, 1'000'000 * second),
                        hosts_chance.between(-setup.ppm_max, setup.ppm_max));
  nodes.push_back(std::make_unique<Node>(*this, id, name, zone, own, clock));
  if (!effects.side.empty()) {
    effects.side.resize(nodes.size());
  }
  return id;
}

void World::boot(NodeId host) {
  queue.add(now, Happening::power_on, host);
  queue.add(now, Happening::start, host);
}

// Names are a letter and the host's number.
Node* World::node_named(const std::string& name) {
  NodeId id = nobody;
  if (name.size() > 1) {
    std::from_chars(name.data() + 1, name.data() + name.size(), id);
  }
  return id < nodes.size() && nodes[id]->name() == name ? nodes[id].get() : nullptr;
}

void World::pass_on_address(const Node& gone) {
  const auto heir =
      std::ranges::find_if(nodes, [&](const auto& other) { return other->up() && other->address() == gone.address(); });
  if (heir != nodes.end()) {
    holder(gone.address()) = (*heir)->id();
  }
}

void World::effects_changed() {
  checker.on_effects();
  registry.on_effects();
  for (const auto& each : nodes) {
    each->effects_changed();
  }
}

void World::run_until(Nanos until) {
  while (!checker.violation() && queue.next() <= until) {
    const Entry entry = queue.take();
    now = entry.at;
    ++events;
    trace.note(static_cast<uint64_t>(entry.at));
    trace.note((static_cast<uint64_t>(entry.what) << 32U) | entry.node);
    happen(entry);
  }
  now = std::max(now, checker.violation() ? now : until);
}

void World::happen(const Entry& entry) {
  switch (entry.what) {
    case Happening::wake:
      return node(entry.node).on_wake(entry.item);
    case Happening::packet: {
      const Packet packet = packets[entry.item];
      packets.remove(entry.item);
      trace.note(packet.nonce ^ (static_cast<uint64_t>(packet.flags) << 56U));
      return node(entry.node).on_packet(packet);
    }
    case Happening::message:
      return messages.on_step(entry.item);
    case Happening::registry:
      return registry.on_step(entry.item);
    case Happening::power_on:
      return node(entry.node).power_on();
    case Happening::start:
      return node(entry.node).start_agent();
    case Happening::crash:
      return node(entry.node).crash();
    case Happening::kill:
      return node(entry.node).kill_agent();
    case Happening::leave:
      return node(entry.node).ask_to_leave();
    case Happening::fault:
      return plan->begin(entry.item);
    case Happening::fault_ends:
      return plan->end(entry.item);
    case Happening::carrier:
      return node(entry.node).complete(CarrierNotice{});
    case Happening::refresh:
      return clients.on_refresh();
    case Happening::client:
      return clients.on_client();
  }
}

// --- the wire -----------------------------------------------------------------------

void World::send(NodeId from, const Packet& packet) {
  const NodeId to = packet.destination < holders.size() ? holders[packet.destination] : nobody;
  if (to == nobody) {
    return;
  }
  for (int copies = network.is_doubled(effects) ? 2 : 1; copies > 0; --copies) {
    if (const auto delay = network.packet(effects, from, to)) {
      queue.add(now + *delay, Happening::packet, to, packets.add(packet));
    }
  }
}

}  // namespace buddyring::sim
