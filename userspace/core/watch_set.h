// SPDX-License-Identifier: Apache-2.0
// WatchSet: the servers under watch, each with its kernel slot and its judge.
//
// Theory of operation. sync() makes the set equal to a buddy list and to the
// servers that are asked about beyond a suspect: a server that stays, in the
// same incarnation, keeps its slot, and in the same role its judge; whoever is
// new gets a vacant slot and a judge without a past. Two buddies that are one
// server are watched once. Servers beyond are judged at each check, because
// the suspect's deletion waits for them. Newcomers are not judged at all, and give
// way to whoever is watched by the table's will under the same name or address.
// Changed slots are marked for the agent, which tells the kernel.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "bpf/contract.h"
#include "core/buddy_list.h"
#include "core/detector.h"
#include "core/observation.h"
#include "core/server.h"
#include "core/slot_set.h"

namespace buddyring {

// Why a server is watched.
enum class WatchRole : uint8_t {
  buddy,     // it is in our buddy list
  beyond,    // it is beyond a buddy that is suspected
  newcomer,  // it is about to announce itself beside us: is it heard?
};

struct Watch {
  Server server;
  WatchRole role = WatchRole::buddy;
  Detector detector;
  Observation seen;
  // Answers that do not fit what we hold of this server ("you are not my buddy",
  // another incarnation), since one did, and how many lead to the next look at
  // the table; it doubles each time.
  unsigned misfits = 0;
  unsigned misfits_limit = 1;
  AnswerClass told = AnswerClass::live;  // what it was last said to answer as
  Instant condemned_at{};
  Instant first_tick{};  // of this watch
};

// Slot `slot` watches `server` in `role` from now on, or nobody.
struct WatchChange {
  unsigned slot = 0;
  std::optional<Server> server;
  WatchRole role = WatchRole::buddy;
  bool role_only = false;  // it watched this server before: what was seen of it stays
};

class WatchSet {
 public:
  static constexpr size_t limit = BUDDYRING_MAX_PEERS;

  explicit WatchSet(DetectionSettings settings) : settings_(settings) {}

  // The buddies of `list`, the servers `beyond` and the `newcomers`; who is several is the first.
  void sync(const BuddyList& list, std::span<const Server* const> beyond,
            std::span<const Server* const> newcomers = {});

  // How everybody is judged from now on.
  void adjust(DetectionSettings settings);

  // What the kernel has yet to be told: all slots that were vacated first, so
  // that a server that moved is never in two slots at once.
  [[nodiscard]] std::optional<WatchChange> poll_change();

  // The slots in which somebody is watched.
  [[nodiscard]] SlotSet in_use() const { return in_use_; }
  // Who is watched in `slot`; nullptr when nobody is.
  [[nodiscard]] Watch* in(unsigned slot) { return slots_.at(slot) ? &*slots_[slot] : nullptr; }
  [[nodiscard]] const Watch* in(unsigned slot) const { return slots_.at(slot) ? &*slots_[slot] : nullptr; }
  [[nodiscard]] bool any(auto&& holds) const {
    return std::any_of(in_use_.begin(), SlotSet::end(), [&](unsigned slot) { return holds(*slots_[slot]); });
  }
  [[nodiscard]] Watch* find(std::string_view name);
  [[nodiscard]] const Watch* find(std::string_view name) const;
  [[nodiscard]] std::optional<unsigned> slot_of(std::string_view name) const;

 private:
  void add(const Server& server, WatchRole role);
  void vacate(unsigned slot);
  [[nodiscard]] DetectionSettings settings_for(WatchRole role) const;

  DetectionSettings settings_;
  std::array<std::optional<Watch>, limit> slots_;
  // Where the search for a vacant slot begins: a slot just left rests longest.
  unsigned next_slot_ = 0;
  // A tick looks at these alone, so that a slot that is vacant costs nothing.
  SlotSet in_use_;
  SlotSet vacated_;   // to be told: nobody any more
  SlotSet occupied_;  // to be told: somebody new
  SlotSet recast_;    // to be told: the same in another role
};

}  // namespace buddyring
