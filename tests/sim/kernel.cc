// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/kernel.h"

#include <algorithm>

#include "core/result.h"

namespace buddyring::sim {

void Kernel::attach(Identity identity) {
  attached_ = true;
  identity_ = identity;
  set_self(0, 0, false);
  word_ = {};
  lease_until_ = {};
  keep_stale_ = false;
  peers_.clear();
}

void Kernel::detach() {
  attached_ = false;
  peers_.clear();
}

void Kernel::watch(unsigned slot, const WatchChange& change, uint32_t address, Identity identity, uint64_t nonce) {
  Peer* peer = peer_in(slot);
  if (change.role_only) {
    BUDDYRING_ASSERT(peer != nullptr && peer->identity == identity);
    peer->sight.role = change.role;
    return;
  }
  if (peer == nullptr) {
    peer = &peers_.emplace_back();
  }
  *peer = Peer{.slot = slot,
               .address = address,
               .identity = identity,
               .incarnation = change.server->incarnation,
               .nonce = nonce,
               .sight = {.seen = {}, .role = change.role}};
}

void Kernel::unwatch(unsigned slot) {
  std::erase_if(peers_, [slot](const Peer& peer) { return peer.slot == slot; });
}

const Kernel::Sight* Kernel::sight(unsigned slot) const {
  const Peer* peer = peer_in(slot);
  return peer != nullptr ? &peer->sight : nullptr;
}

std::optional<Packet> Kernel::depart(Instant now, unsigned slot, uint64_t number) {
  Peer* peer = peer_in(slot);
  if (peer == nullptr) {
    return std::nullopt;
  }
  peer->flights[number % BUDDYRING_FLIGHTS] = {number, now};
  peer->sight.seen.departed_number = number;
  peer->sight.seen.departed = now;
  Packet probe;
  probe.source = address_;
  probe.destination = peer->address;
  probe.number = number;
  probe.nonce = peer->nonce + number;
  probe.sender = identity_;
  probe.target = peer->identity;
  return probe;
}

Packet Kernel::answer(Instant now, const Packet& request, Nanos true_time) const {
  Packet reply = request;
  reply.is_request = false;
  std::swap(reply.source, reply.destination);
  if (!attached_ || (request.target != identity_ && !impostor_)) {
    return reply;  // the stock kernel returns it unchanged
  }
  reply.answered = true;
  reply.answered_at = true_time;
  reply.answerer = identity_;
  reply.incarnation = incarnation_;
  reply.epoch = epoch_;
  const Peer* asker = peer_at(request.source);
  const bool buddy = asker != nullptr && asker->sight.role == WatchRole::buddy && asker->identity == request.sender;
  const auto flag = [](bool set, Flag value) { return set ? static_cast<unsigned>(value) : 0U; };
  reply.flags = static_cast<uint8_t>(flag(now <= lease_until_, lease_is_fresh) | flag(member_, is_member) |
                                     flag(buddy, asker_is_buddy) | flag(now <= word_.until, word_is_fresh) |
                                     flag(word_.doubts_a, a_doubted) | flag(word_.doubts_b, b_doubted) |
                                     flag(keep_stale_, stale_is_kept));
  return reply;
}

AnswerClass Kernel::classify(const Packet& reply, const Peer& expected) {
  if (!reply.answered) {
    return AnswerClass::plain;
  }
  if (reply.answerer != expected.identity) {
    return AnswerClass::other_identity;
  }
  if ((reply.flags & is_member) == 0) {
    return AnswerClass::not_member;
  }
  if (reply.incarnation != expected.incarnation) {
    return AnswerClass::other_incarnation;
  }
  if ((reply.flags & lease_is_fresh) == 0) {
    return (reply.flags & stale_is_kept) != 0 ? AnswerClass::stale_kept : AnswerClass::stale_lease;
  }
  return AnswerClass::live;
}

bool Kernel::arrive(Instant now, const Packet& reply) {
  Peer* peer = const_cast<Peer*>(peer_at(reply.source));
  if (!attached_ || peer == nullptr || reply.sender != identity_ || reply.nonce != peer->nonce + reply.number) {
    return false;
  }
  Peer::Flight& flight = peer->flights[reply.number % BUDDYRING_FLIGHTS];
  if (flight.number != reply.number) {
    return false;
  }
  flight.number = 0;
  Observation& seen = peer->sight.seen;
  seen.rtt = now - flight.departed;
  const AnswerClass answer = classify(reply, *peer);
  if (answer != AnswerClass::live && answer != AnswerClass::stale_kept) {
    seen.last_other_class = answer;
    seen.last_other = now;
    seen.other_incarnation = reply.incarnation;
    return true;
  }
  seen.last_live = now;
  ++seen.live_answers;
  seen.kept = answer == AnswerClass::stale_kept;
  seen.counts_us = (reply.flags & asker_is_buddy) != 0;
  seen.word_fresh = (reply.flags & word_is_fresh) != 0;
  seen.doubts_a = (reply.flags & a_doubted) != 0;
  seen.doubts_b = (reply.flags & b_doubted) != 0;
  seen.epoch = reply.epoch;
  peer->sight.live_answered_at = reply.answered_at;
  peer->sight.fresh_word = seen.word_fresh ? now : peer->sight.fresh_word;
  return true;
}

// The slot that took the address last has it.
const Kernel::Peer* Kernel::peer_at(uint32_t address) const {
  const auto place = std::ranges::find(peers_.rbegin(), peers_.rend(), address, &Peer::address);
  return place == peers_.rend() ? nullptr : &*place;
}

const Kernel::Peer* Kernel::peer_in(unsigned slot) const {
  const auto place = std::ranges::find(peers_, slot, &Peer::slot);
  return place == peers_.end() ? nullptr : &*place;
}

}  // namespace buddyring::sim
