// SPDX-License-Identifier: Apache-2.0
// WatchSet: the servers under watch, each with its kernel slot and its judge.
//
// Theory of operation. sync() makes the set equal to a buddy list: a server
// that stays, in the same incarnation, keeps its judge and its slot; whoever is
// new gets a vacant slot and a judge without a past. Two buddies that are one
// server are watched once. Changed slots are marked for the agent, which tells
// the kernel.
#pragma once

#include <array>
#include <bitset>
#include <optional>

#include "bpf/contract.h"
#include "core/buddy_list.h"
#include "core/detector.h"
#include "core/observation.h"
#include "core/server.h"

namespace buddyring {

struct Watch {
  Server server;
  Detector detector;
  Observation seen;
  // Live answers in a row that said "you are not my buddy", and how many lead
  // to the next look at the table; it doubles each time.
  unsigned uncounted = 0;
  unsigned uncounted_limit = 0;
  Instant condemned_at{};
  Instant first_tick{};  // of this watch
};

// Slot `slot` watches `server` from now on, or nobody.
struct WatchChange {
  unsigned slot = 0;
  std::optional<Server> server;
};

class WatchSet {
 public:
  static constexpr size_t limit = BUDDYRING_MAX_PEERS;

  explicit WatchSet(DetectionSettings settings) : settings_(settings) {}

  void sync(const BuddyList& list);

  // What the kernel has yet to be told: all slots that were vacated first, so
  // that a server that moved is never in two slots at once.
  [[nodiscard]] std::optional<WatchChange> poll_change();

  // By slot; empty where nobody is watched.
  [[nodiscard]] std::array<std::optional<Watch>, limit>& slots() { return slots_; }
  [[nodiscard]] const std::array<std::optional<Watch>, limit>& slots() const { return slots_; }
  [[nodiscard]] Watch* find(std::string_view name);
  [[nodiscard]] std::optional<unsigned> slot_of(std::string_view name) const;

 private:
  void add(const Server& server);

  DetectionSettings settings_;
  std::array<std::optional<Watch>, limit> slots_;
  // Where the search for a vacant slot begins: a slot just left rests longest.
  unsigned next_slot_ = 0;
  std::bitset<limit> vacated_;   // to be told: nobody any more
  std::bitset<limit> occupied_;  // to be told: somebody new
};

}  // namespace buddyring
