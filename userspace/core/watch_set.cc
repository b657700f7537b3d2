// SPDX-License-Identifier: Apache-2.0
#include "core/watch_set.h"

#include <algorithm>

#include "core/result.h"

namespace buddyring {

void WatchSet::sync(const BuddyList& list, std::span<const Server* const> beyond) {
  for (const unsigned slot : SlotSet{in_use_}) {
    auto& watch = slots_[slot];
    const bool is_buddy = list.a() == watch->server || list.b() == watch->server;
    const auto is_this = [&](const Server* server) { return *server == watch->server; };
    // A buddy that restarted must not find its slot taken by who it was.
    const bool was_buddy = !is_buddy && list.contains(watch->server.name);
    if (was_buddy || (!is_buddy && std::ranges::none_of(beyond, is_this))) {
      watch.reset();
      in_use_.remove(slot);
      vacated_.add(slot);
      occupied_.remove(slot);
      recast_.remove(slot);
    } else if (const WatchRole role = is_buddy ? WatchRole::buddy : WatchRole::beyond; role != watch->role) {
      watch->role = role;
      watch->detector.begin_anew(settings_for(role));
      recast_.add(slot);
    }
  }
  for (const auto* buddy : {&list.a(), &list.b()}) {
    if (*buddy && !slot_of((*buddy)->name)) {
      add(**buddy, WatchRole::buddy);
    }
  }
  for (const Server* server : beyond) {
    if (!slot_of(server->name)) {
      add(*server, WatchRole::beyond);
    }
  }
}

DetectionSettings WatchSet::settings_for(WatchRole role) const {
  DetectionSettings settings = settings_;
  if (role == WatchRole::beyond) {
    settings.interval /= 2;
  }
  return settings;
}

void WatchSet::add(const Server& server, WatchRole role) {
  for (unsigned i = 0; i < limit; ++i) {
    const unsigned slot = (next_slot_ + i) % limit;
    if (!in_use_.contains(slot)) {
      slots_[slot] = Watch{.server = server, .role = role, .detector = Detector{settings_for(role)}, .seen = {}};
      next_slot_ = (slot + 1) % limit;
      in_use_.add(slot);
      occupied_.add(slot);
      return;
    }
  }
  BUDDYRING_ASSERT(false && "two buddies and all beyond them find a slot");
}

std::optional<WatchChange> WatchSet::poll_change() {
  if (const auto slot = vacated_.take_first()) {
    return WatchChange{.slot = *slot, .server = std::nullopt};
  }
  if (const auto slot = occupied_.take_first()) {
    recast_.remove(*slot);
    return WatchChange{.slot = *slot, .server = slots_[*slot]->server, .role = slots_[*slot]->role};
  }
  if (const auto slot = recast_.take_first()) {
    return WatchChange{.slot = *slot, .server = slots_[*slot]->server, .role = slots_[*slot]->role, .role_only = true};
  }
  return std::nullopt;
}

Watch* WatchSet::find(std::string_view name) {
  const auto slot = slot_of(name);
  return slot ? &*slots_[*slot] : nullptr;
}

const Watch* WatchSet::find(std::string_view name) const {
  const auto slot = slot_of(name);
  return slot ? &*slots_[*slot] : nullptr;
}

std::optional<unsigned> WatchSet::slot_of(std::string_view name) const {
  for (const unsigned slot : in_use_) {
    if (slots_[slot]->server.name == name) {
      return slot;
    }
  }
  return std::nullopt;
}

}  // namespace buddyring
