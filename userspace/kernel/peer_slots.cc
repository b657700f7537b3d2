// SPDX-License-Identifier: Apache-2.0
#include "kernel/peer_slots.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "kernel/failure.h"
#include "kernel/map_address.h"
#include "kernel/pins.h"

namespace buddyring {
namespace {

static_assert(answer_classes == BUDDYRING_ANSWER_CLASSES);
static_assert(static_cast<int>(AnswerClass::live) == BUDDYRING_LIVE);
static_assert(static_cast<int>(AnswerClass::plain) == BUDDYRING_PLAIN);
static_assert(static_cast<int>(AnswerClass::other_identity) == BUDDYRING_OTHER_IDENTITY);
static_assert(static_cast<int>(AnswerClass::not_member) == BUDDYRING_NOT_MEMBER);
static_assert(static_cast<int>(AnswerClass::other_incarnation) == BUDDYRING_OTHER_INCARNATION);
static_assert(static_cast<int>(AnswerClass::stale_lease) == BUDDYRING_STALE_LEASE);
static_assert(static_cast<int>(AnswerClass::stale_kept) == BUDDYRING_STALE_KEPT);

// When the departure `number` left; the epoch when its flight was taken over by a later one.
Instant departure_of(const buddyring_peer_state& state, uint64_t number) {
  const buddyring_flight& flight = state.flight[number % BUDDYRING_FLIGHTS];
  const bool before = load_acquire(flight.number) == number;
  const uint64_t departed_ns = load_acquire(flight.departed_ns);
  const bool after = load_relaxed(flight.number) == number;
  return before && after ? instant_from_ns(departed_ns) : Instant{};
}

__u32 in_contract(WatchRole role) {
  switch (role) {
    case WatchRole::buddy:
      return BUDDYRING_PEER_BUDDY;
    case WatchRole::beyond:
      return BUDDYRING_PEER_BEYOND;
    case WatchRole::newcomer:
      return BUDDYRING_PEER_NEWCOMER;
  }
  return BUDDYRING_PEER_FREE;
}

// The programs store flags and epoch as one, so they are of one answer.
void take_said(Observation& seen, uint64_t said) {
  seen.epoch = said >> BUDDYRING_EPOCH_SHIFT;
  seen.counts_us = (said & BUDDYRING_ANSWER_ASKER_IS_BUDDY) != 0;
  seen.word_fresh = (said & BUDDYRING_ANSWER_WORD_FRESH) != 0;
  seen.doubts_a = seen.word_fresh && (said & BUDDYRING_ANSWER_DOUBTS_A) != 0;
  seen.doubts_b = seen.word_fresh && (said & BUDDYRING_ANSWER_DOUBTS_B) != 0;
}

}  // namespace

PeerSlots::PeerSlots(const Skeleton& skeleton, std::string pool)
    : pool_(std::move(pool)),
      slots_fd_(bpf_map__fd(skeleton->maps.peer_slots)),
      peers_(bpf_map__fd(skeleton->maps.peer), BUDDYRING_MAX_PEERS, pins::peer),
      states_(bpf_map__fd(skeleton->maps.peer_state), BUDDYRING_MAX_PEERS, pins::peer_state),
      histograms_(bpf_map__fd(skeleton->maps.rtt_histogram), BUDDYRING_MAX_PEERS, pins::rtt_histogram) {}

void PeerSlots::clear() {
  for (unsigned slot = 0; slot < BUDDYRING_MAX_PEERS; ++slot) {
    (void)unwatch(slot);
  }
}

void PeerSlots::inherit() {
  for (unsigned slot = 0; slot < BUDDYRING_MAX_PEERS; ++slot) {
    inherited_.set(slot, load_relaxed(peers_[slot].role) != BUDDYRING_PEER_FREE);
  }
}

void PeerSlots::drop_inherited() {
  for (unsigned slot = 0; inherited_.any() && slot < BUDDYRING_MAX_PEERS; ++slot) {
    if (inherited_.test(slot)) {
      (void)unwatch(slot);
    }
  }
}

Status PeerSlots::watch(unsigned slot, const Server& server, WatchRole role) {
  buddyring_peer& peer = peers_[slot];
  const uint64_t identity = identity_of(pool_, server.name);
  const bool stays = inherited_.test(slot) && peer.identity == identity && from_map(peer.address) == server.address;
  if (auto freed = stays ? Status{Done{}} : unwatch(slot); !freed) {
    return freed;
  }
  inherited_.reset(slot);
  zero_entry(states_[slot]);
  zero_entry(histograms_[slot]);
  const buddyring_address address = to_map(server.address);
  store_relaxed(peer.identity, __u64{identity});
  store_relaxed(peer.incarnation, __u64{server.incarnation});
  peer.address = address;
  std::fill(std::begin(peer.server), std::end(peer.server), '\0');
  server.name.copy(peer.server, sizeof(peer.server) - 1);
  store_release(peer.role, in_contract(role));
  Status entered = stays ? Status{Done{}} : enter(slot, server);
  if (!entered) {
    store_release(peer.role, __u32{BUDDYRING_PEER_FREE});
  }
  return entered;
}

// The address leads to the slot from here on.
Status PeerSlots::enter(unsigned slot, const Server& server) {
  const buddyring_address address = to_map(server.address);
  uint32_t holder = 0;
  int error = bpf_map_update_elem(slots_fd_, &address, &slot, BPF_NOEXIST);
  if (error == -EEXIST && bpf_map_lookup_elem(slots_fd_, &address, &holder) == 0 && holder < BUDDYRING_MAX_PEERS &&
      inherited_.test(holder)) {
    error = bpf_map_update_elem(slots_fd_, &address, &slot, BPF_EXIST);
    store_release(peers_[holder].role, __u32{BUDDYRING_PEER_FREE});
    inherited_.reset(holder);
  }
  if (error != 0) {
    const bool taken = error == -EEXIST;
    return Error{taken ? ErrorKind::conflict : ErrorKind::system,
                 "cannot watch " + server.name + " at " + server.address.text() + ": " +
                     (taken ? "another watched server has this address; give each its own" : error_text(error))};
  }
  return Done{};
}

Status PeerSlots::unwatch(unsigned slot) {
  buddyring_peer& peer = peers_[slot];
  if (load_relaxed(peer.role) == BUDDYRING_PEER_FREE) {
    return Done{};
  }
  const buddyring_address address = peer.address;
  if (const int error = bpf_map_delete_elem(slots_fd_, &address); error != 0 && error != -ENOENT) {
    return Error{ErrorKind::system, "cannot free slot " + std::to_string(slot) + ": " + error_text(error)};
  }
  store_release(peer.role, __u32{BUDDYRING_PEER_FREE});
  inherited_.reset(slot);
  return Done{};
}

Status PeerSlots::set_role(unsigned slot, WatchRole role) {
  buddyring_peer& peer = peers_[slot];
  if (load_relaxed(peer.role) == BUDDYRING_PEER_FREE) {
    return Error{ErrorKind::not_found, "cannot change the role of slot " + std::to_string(slot) + ": it is free"};
  }
  store_relaxed(peer.role, in_contract(role));
  return Done{};
}

Observation PeerSlots::observe(unsigned slot) const {
  const buddyring_peer_state& state = states_[slot];
  Observation seen;
  seen.departed_number = load_acquire(state.departed_number);
  if (seen.departed_number != 0) {
    seen.departed = departure_of(state, seen.departed_number);
  }
  seen.unstamped = instant_from_ns(load_relaxed(state.unstamped_ns));
  // A stamp is written after what it stamps, so it is read first: what is read
  // then may be newer than the stamp, and is never older.
  const buddyring_sighting& live = state.sighting[BUDDYRING_LIVE];
  const buddyring_sighting& kept = state.sighting[BUDDYRING_STALE_KEPT];
  const uint64_t live_ns = load_acquire(live.arrived_ns);
  const uint64_t kept_ns = load_acquire(kept.arrived_ns);
  seen.kept = kept_ns > live_ns;
  seen.last_live = instant_from_ns(std::max(live_ns, kept_ns));
  seen.live_answers = load_relaxed(live.count) + load_relaxed(kept.count);
  seen.rtt = std::chrono::nanoseconds{load_relaxed(state.rtt_last_ns)};
  take_said(seen, load_relaxed((seen.kept ? kept : live).said));
  for (int answer_class = BUDDYRING_PLAIN; answer_class <= BUDDYRING_STALE_LEASE; ++answer_class) {
    const buddyring_sighting& other = state.sighting[answer_class];
    const Instant arrived = instant_from_ns(load_acquire(other.arrived_ns));
    if (arrived > seen.last_other) {
      seen.last_other = arrived;
      seen.last_other_class = static_cast<AnswerClass>(answer_class);
      // What came back unchanged names us.
      seen.other_incarnation = answer_class == BUDDYRING_PLAIN ? 0 : load_relaxed(other.incarnation);
    }
  }
  return seen;
}

}  // namespace buddyring
