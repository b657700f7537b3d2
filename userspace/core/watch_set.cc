// SPDX-License-Identifier: Apache-2.0
#include "core/watch_set.h"

#include "core/result.h"

namespace buddyring {

void WatchSet::sync(const BuddyList& list) {
  for (unsigned slot = 0; slot < limit; ++slot) {
    if (slots_[slot] && list.a() != slots_[slot]->server && list.b() != slots_[slot]->server) {
      slots_[slot].reset();
      vacated_.set(slot);
      occupied_.reset(slot);
    }
  }
  for (const auto& buddy : {list.a(), list.b()}) {
    if (buddy && !slot_of(buddy->name)) {
      add(*buddy);
    }
  }
}

void WatchSet::add(const Server& server) {
  for (unsigned i = 0; i < limit; ++i) {
    const unsigned slot = (next_slot_ + i) % limit;
    if (!slots_[slot]) {
      slots_[slot] = Watch{.server = server, .detector = Detector{settings_}, .seen = {}};
      slots_[slot]->uncounted_limit = settings_.misses;
      next_slot_ = (slot + 1) % limit;
      occupied_.set(slot);
      return;
    }
  }
  BUDDYRING_ASSERT(false && "two buddies always find a slot");
}

std::optional<WatchChange> WatchSet::poll_change() {
  for (unsigned slot = 0; slot < limit; ++slot) {
    if (vacated_.test(slot)) {
      vacated_.reset(slot);
      return WatchChange{slot, std::nullopt};
    }
  }
  for (unsigned slot = 0; slot < limit; ++slot) {
    if (occupied_.test(slot)) {
      occupied_.reset(slot);
      return WatchChange{slot, slots_[slot]->server};
    }
  }
  return std::nullopt;
}

Watch* WatchSet::find(std::string_view name) {
  const auto slot = slot_of(name);
  return slot ? &*slots_[*slot] : nullptr;
}

std::optional<unsigned> WatchSet::slot_of(std::string_view name) const {
  for (unsigned slot = 0; slot < limit; ++slot) {
    if (slots_[slot] && slots_[slot]->server.name == name) {
      return slot;
    }
  }
  return std::nullopt;
}

}  // namespace buddyring
