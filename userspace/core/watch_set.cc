// SPDX-License-Identifier: Apache-2.0
#include "core/watch_set.h"

#include <algorithm>

#include "core/result.h"

namespace buddyring {

namespace {

using Servers = std::span<const Server* const>;

bool names(Servers servers, const Server& server) {
  return std::ranges::any_of(servers, [&](const Server* each) { return *each == server; });
}

// Under this name or at this address the table has another server, as far as we know.
bool is_in_the_way(const Server& known, const Server& newcomer) {
  return known != newcomer && (known.name == newcomer.name || known.address == newcomer.address);
}

// As what `server` is to be watched; nothing when it is not.
std::optional<WatchRole> role_of(const Server& server, const BuddyList& list, Servers beyond, Servers newcomers) {
  if (list.a() == server || list.b() == server) {
    return WatchRole::buddy;
  }
  // A buddy that restarted must not find its slot taken by who it was.
  if (list.contains(server.name)) {
    return std::nullopt;
  }
  if (names(beyond, server)) {
    return WatchRole::beyond;
  }
  const auto gives_way_to = [&](const std::optional<Server>& buddy) { return buddy && is_in_the_way(*buddy, server); };
  const bool gives_way = gives_way_to(list.a()) || gives_way_to(list.b()) ||
                         std::ranges::any_of(beyond, [&](const Server* each) { return is_in_the_way(*each, server); });
  return names(newcomers, server) && !gives_way ? std::optional(WatchRole::newcomer) : std::nullopt;
}

}  // namespace

void WatchSet::sync(const BuddyList& list, Servers beyond, Servers newcomers) {
  for (const unsigned slot : SlotSet{in_use_}) {
    auto& watch = slots_[slot];
    const auto role = role_of(watch->server, list, beyond, newcomers);
    if (!role) {
      vacate(slot);
    } else if (*role != watch->role) {
      watch->role = *role;
      watch->detector.begin_anew(settings_for(*role));
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
  for (const Server* server : newcomers) {
    if (!slot_of(server->name) && role_of(*server, list, beyond, newcomers) == WatchRole::newcomer) {
      add(*server, WatchRole::newcomer);
    }
  }
}

void WatchSet::vacate(unsigned slot) {
  slots_[slot].reset();
  in_use_.remove(slot);
  vacated_.add(slot);
  occupied_.remove(slot);
  recast_.remove(slot);
}

DetectionSettings WatchSet::settings_for(WatchRole role) const {
  DetectionSettings settings = settings_;
  settings.hurried = role == WatchRole::beyond;
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
  BUDDYRING_ASSERT(false && "two buddies, all beyond them and all newcomers find a slot");
}

void WatchSet::adjust(DetectionSettings settings) {
  settings_ = settings;
  for (const unsigned slot : in_use_) {
    slots_[slot]->detector.adjust(settings_for(slots_[slot]->role));
  }
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
