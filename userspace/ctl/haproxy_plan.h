// SPDX-License-Identifier: Apache-2.0
// What HAProxy must be told so that the slots of a backend hold the servers of a
// pool: pure, from what HAProxy has to what it should have.
//
// Theory of operation. A slot is a line of `server-template`: a name that stays, with
// an address that can be changed while HAProxy runs. A slot that holds a live server
// keeps it; that of a drained server drains. Slots in use that hold nobody live are put into maintenance first, since
// each moment of theirs costs requests; then the newcomers get the free slots, the
// one that they had before where it is free. Whatever the plan was, doing it again
// changes nothing.
//
// Weights: while all servers have the usual one, the slots keep what HAProxy's configuration
// gives them, which also those ways of balancing take that know no other. Once one has another,
// each slot's weight is that of its server.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/address.h"
#include "core/result.h"

namespace buddyring {

// Administratively: HAProxy's own health checks do not matter here.
enum class SlotState : uint8_t {
  out,       // in maintenance: whatever its address is, nobody is sent there
  draining,  // keeps the clients that it has, gets no others
  serving,
};

struct HaproxySlot {
  std::string name;
  std::string address;  // as HAProxy writes it; "-" or a placeholder when it never had one
  uint16_t port = 0;
  SlotState state = SlotState::out;
  unsigned weight = 1;      // now
  unsigned configured = 1;  // by its line
};

// The slots of `backend`, in HAProxy's order, from what "show servers state" says. Errors: not_found
// when HAProxy knows no such backend or it has no slots, invalid when the text is not what is expected.
[[nodiscard]] Result<std::vector<HaproxySlot>> parse_servers_state(const std::string& text, const std::string& backend);

struct HaproxyPlan {
  std::vector<std::string> commands;  // of the runtime API, without newline
  std::vector<std::string> left_out;  // addresses of live servers for which there is no slot
  size_t removed = 0;                 // slots that were put into maintenance
  size_t drained = 0;                 // slots that get no other clients from now on
  size_t added = 0;                   // slots that were given a server
  size_t weighted = 0;                // slots that served before and get another weight
};

struct HaproxyServer {
  Address address;
  unsigned weight = 100;
};

// The servers of the pool, without duplicates; all of them listen at `port`.
struct HaproxyServers {
  std::vector<HaproxyServer> live;
  std::vector<Address> drained;  // live, too, but to get no clients
  uint16_t port = 0;
};

[[nodiscard]] HaproxyPlan plan_haproxy(const std::string& backend, const std::vector<HaproxySlot>& slots,
                                       const HaproxyServers& servers);

}  // namespace buddyring
