// SPDX-License-Identifier: Apache-2.0
// World: everything of one run. Its parts find each other through it; what
// happens is one event after the other, and nothing else.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/sim/checker.h"
#include "tests/sim/clients.h"
#include "tests/sim/effects.h"
#include "tests/sim/event_queue.h"
#include "tests/sim/messages.h"
#include "tests/sim/network.h"
#include "tests/sim/node.h"
#include "tests/sim/registry.h"
#include "tests/sim/setup.h"
#include "tests/sim/trace.h"

namespace buddyring::sim {

inline constexpr const char* pool_name = "pool";
inline constexpr uint16_t replace_port = 7946;

struct World {
  World(const Setup& chosen, Trace::Lines lines);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // --- going on -----------------------------------------------------------------
  // Until nothing is left to happen before `until`, or a check has failed.
  void run_until(Nanos until);
  void run_for(Nanos span) { run_until(now + span); }

  // --- hosts ----------------------------------------------------------------------
  // A host more, switched off. Without `address`: one of its own.
  NodeId add_host(const std::string& name, const std::string& zone, uint32_t address = 0);
  void boot(NodeId host);  // power and agent
  [[nodiscard]] Node& node(NodeId id) { return *nodes[id]; }
  [[nodiscard]] Node* node_named(const std::string& name);
  // The host that has this address now.
  [[nodiscard]] NodeId& holder(uint32_t address) { return holders[address]; }
  // `gone` is off: another host that is up with its address gets it.
  void pass_on_address(const Node& gone);
  // After a change of `effects`.
  void effects_changed();

  // --- the wire ---------------------------------------------------------------------
  void send(NodeId from, const Packet& packet);

  Setup setup;
  Nanos now = 0;
  Trace trace;
  EventQueue queue;
  Effects effects;
  Network network;
  Pool<Packet> packets;
  std::vector<std::unique_ptr<Node>> nodes;
  std::vector<NodeId> holders;  // by address
  Registry registry;
  Messages messages;
  Checker checker;
  Clients clients;
  Prng hosts_chance;
  Prng agents_chance;
  uint64_t events = 0;

  // What a plan of faults does at its times; nothing when there is none.
  class Plan {
   public:
    virtual ~Plan() = default;
    virtual void begin(uint32_t fault) = 0;
    virtual void end(uint32_t fault) = 0;
  };
  Plan* plan = nullptr;

 private:
  void happen(const Entry& entry);
  void arrive(NodeId host, const Packet& packet);
};

}  // namespace buddyring::sim
