// SPDX-License-Identifier: Apache-2.0
// Faults that strike hosts at one moment: deaths, restarts, newcomers, strangers.
#include <algorithm>

#include "tests/sim/faults.h"

namespace buddyring::sim {
namespace {

constexpr Nanos off_max = 4 * second;
constexpr Nanos plain_max = 2 * second;
constexpr size_t adjacent_max = 9;
constexpr unsigned newcomers_max = 3;
// A run never has more servers than it began with and these.
constexpr size_t more_servers_max = 6;
// Nor more hosts that came with a duplicate address.
constexpr size_t more_hosts_max = 40;

}  // namespace

// Down for a while, then up, and its kernel answers for a while before its agent.
void Faults::restart(NodeId host, Nanos off_for, Nanos plain_for, Nanos latest) {
  const Nanos up = std::min(world_.now + off_for, latest);
  world_.queue.add(up, Happening::power_on, host);
  world_.queue.add(std::min(up + plain_for, latest), Happening::start, host);
}

void Faults::strike(const Fault& fault) {
  const Nanos off_for = chance_.between(0, off_max);
  const Nanos plain_for = chance_.between(0, plain_max);
  const NodeId host = any(running());
  switch (fault.kind) {
    case FaultKind::crash:
      if (host != nobody) {
        world_.node(host).crash();
      }
      break;
    case FaultKind::reboot:
      if (host != nobody) {
        world_.node(host).crash();
        restart(host, off_for, plain_for, fault.until);
      }
      break;
    case FaultKind::agent_killed:
      if (host != nobody) {
        world_.node(host).kill_agent();
        world_.queue.add(std::min(world_.now + plain_for, fault.until), Happening::start, host);
      }
      break;
    case FaultKind::leave:
      if (host != nobody) {
        world_.node(host).ask_to_leave();
      }
      break;
    case FaultKind::adjacent_deaths:
      for (const NodeId each : neighbours(2 + chance_.below(adjacent_max - 1))) {
        world_.node(each).crash();
      }
      break;
    case FaultKind::rack:
      for (const NodeId each : running()) {
        if (each % world_.setup.zones == host % world_.setup.zones) {
          world_.node(each).crash();
        }
      }
      break;
    case FaultKind::concurrent_announces:
      for (const NodeId each : off()) {
        world_.boot(each);
      }
      for (uint64_t i = chance_.below(newcomers_max + 1);
           i > 0 && world_.nodes.size() < world_.setup.servers + more_servers_max; --i) {
        world_.boot(world_.add_host("s" + std::to_string(world_.nodes.size()), ""));
      }
      break;
    case FaultKind::answers_vanish:
      // One that is off starts with its fault.
      for (const NodeId each : fault.who) {
        if (each != nobody && !world_.node(each).has_agent()) {
          world_.boot(each);
        }
      }
      break;
    case FaultKind::registry_down:
      world_.registry.drop_connections();
      break;
    default:
      break;
  }
}

// A server that wants an address that is taken, or a host that answers at the
// address of one that is off, under another identity.
void Faults::strike_address(Fault& fault) {
  const bool impostor = fault.kind == FaultKind::impostor;
  const NodeId victim = impostor && !off().empty() ? any(off()) : any(running());
  if (victim == nobody || world_.nodes.size() >= world_.setup.servers + more_hosts_max) {
    return;
  }
  if (impostor) {
    world_.node(victim).crash();
  }
  const NodeId stranger =
      world_.add_host((impostor ? "i" : "d") + std::to_string(world_.nodes.size()), "", world_.node(victim).address());
  fault.who.insert(stranger);
  world_.node(stranger).power_on();
  if (!impostor) {
    world_.queue.add(world_.now, Happening::start, stranger);
  } else if (chance_.chance(0.5)) {
    world_.node(stranger).pose();
  }
}

// Goes for good. If it has got the address of a server that is no member, then
// nobody but the operator can help that one to its address again.
void Faults::send_away(Node& stranger) {
  stranger.crash();
  for (const auto& node : world_.nodes) {
    const bool robbed = node->name().front() == 's' && node->address() == stranger.address() &&
                        world_.registry.table().find(node->name()) == nullptr;
    if (robbed) {
      world_.registry.remove_by_operator(stranger.name());
    }
  }
}

void Faults::say(const Fault& fault) {
  if (!world_.trace.wants_lines()) {
    return;
  }
  std::string text = name_of(fault.kind);
  if (fault.from != nobody) {
    text += " " + world_.node(fault.from).name() + " to " + world_.node(fault.to).name();
  }
  for (const NodeId host : fault.who) {
    text += host != nobody ? " " + world_.node(host).name() : "";
  }
  for (size_t host = 0; host < fault.side.size(); ++host) {
    text += fault.side[host] != 0 ? " " + world_.nodes[host]->name() : "";
  }
  text += " share " + std::to_string(fault.share) + " span " + std::to_string(fault.span / microsecond) + " us" +
          (fault.flag ? " flag" : "") + " until " + std::to_string(fault.until / millisecond) + " ms";
  world_.trace.line(world_.now, "FAULT", text);
}

}  // namespace buddyring::sim
