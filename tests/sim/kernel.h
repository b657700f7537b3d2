// SPDX-License-Identifier: Apache-2.0
// Kernel: what stays of a server when its agent does not run: bpf/answer.h,
// bpf/departure.h and bpf/arrival.h as plain C++, on the host's own clock.
//
// Theory of operation. The agent writes who it is, its lease and its word, and
// whom it watches; probes are answered and arrivals stamped without it. When the
// agent is killed, its lease is revoked and all else stays, until the next agent
// takes it over; when it has left, probes come back unchanged.
#pragma once

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "core/observation.h"
#include "core/ring_member.h"
#include "core/watch_set.h"
#include "tests/sim/clock.h"

namespace buddyring::sim {

// A probe or an answer on its way.
struct Packet {
  bool is_request = true;
  bool answered = false;  // by the programs: the fields of the answer count
  uint8_t flags = 0;
  uint32_t source = 0;       // address it is sent from
  uint32_t destination = 0;  // address it is sent to
  uint64_t number = 0;
  uint64_t nonce = 0;
  Identity sender = 0;
  Identity target = 0;
  Identity answerer = 0;
  Incarnation incarnation = 0;
  Epoch epoch = 0;
  Nanos answered_at = 0;  // true time, for the checker alone
};

class Kernel {
 public:
  // What the kernel saw of one peer, and what only the checker may know of it.
  struct Sight {
    Observation seen;
    WatchRole role = WatchRole::buddy;
    Nanos live_answered_at = 0;  // true time at which the latest live answer was given
    Instant fresh_word{};        // when the latest answer with a fresh word arrived
  };

  explicit Kernel(uint32_t address) : address_(address) {}

  // --- what the agent does ----------------------------------------------------
  void attach(Identity identity);
  void detach();
  // The exit notice: the agent was killed.
  void revoke_lease() { lease_until_ = {}; }
  [[nodiscard]] bool attached() const { return attached_; }
  void renew_lease(Instant until) { lease_until_ = until; }
  void set_self(Incarnation incarnation, Epoch epoch, bool member) {
    incarnation_ = incarnation;
    epoch_ = epoch;
    member_ = member;
  }
  void keep_stale(bool keep) { keep_stale_ = keep; }
  void set_word(const Word& word) { word_ = word; }
  // `nonce`: what the nonces of this watch's probes begin with.
  void watch(unsigned slot, const WatchChange& change, uint32_t address, Identity identity, uint64_t nonce);
  void unwatch(unsigned slot);
  [[nodiscard]] const Observation& observe(unsigned slot) const { return peer_in(slot)->sight.seen; }
  [[nodiscard]] const Sight* sight(unsigned slot) const;

  // --- what packets do ----------------------------------------------------------
  // A probe leaves; nothing when the slot is free.
  [[nodiscard]] std::optional<Packet> depart(Instant now, unsigned slot, uint64_t number);
  // Answers a request that arrived for us.
  [[nodiscard]] Packet answer(Instant now, const Packet& request, Nanos true_time) const;
  // Takes a reply; false when it fits no departure, or was taken before.
  bool arrive(Instant now, const Packet& reply);

  [[nodiscard]] bool vouches(Instant now) const { return attached_ && member_ && now <= lease_until_; }
  [[nodiscard]] bool lease_fresh(Instant now) const { return now <= lease_until_; }
  [[nodiscard]] Incarnation incarnation() const { return incarnation_; }
  [[nodiscard]] Epoch epoch() const { return epoch_; }
  [[nodiscard]] uint32_t address() const { return address_; }
  // An impostor's programs answer for whatever server is asked.
  void set_impostor(bool impostor) { impostor_ = impostor; }

  enum Flag : uint8_t {
    lease_is_fresh = 1,
    is_member = 2,
    asker_is_buddy = 4,
    word_is_fresh = 8,
    a_doubted = 16,
    b_doubted = 32,
    stale_is_kept = 64
  };

 private:
  struct Peer {
    unsigned slot = 0;
    uint32_t address = 0;
    Identity identity = 0;
    Incarnation incarnation = 0;
    uint64_t nonce = 0;
    Sight sight;
    struct Flight {
      uint64_t number = 0;  // 0 once answered
      Instant departed{};
    };
    std::array<Flight, BUDDYRING_FLIGHTS> flights{};
  };
  [[nodiscard]] const Peer* peer_at(uint32_t address) const;
  [[nodiscard]] const Peer* peer_in(unsigned slot) const;
  [[nodiscard]] Peer* peer_in(unsigned slot) { return const_cast<Peer*>(std::as_const(*this).peer_in(slot)); }
  [[nodiscard]] static AnswerClass classify(const Packet& reply, const Peer& expected);

  uint32_t address_;
  bool attached_ = false;
  bool impostor_ = false;
  Identity identity_ = 0;
  Incarnation incarnation_ = 0;
  Epoch epoch_ = 0;
  bool member_ = false;
  Instant lease_until_{};
  bool keep_stale_ = false;
  Word word_;
  std::vector<Peer> peers_;
};

}  // namespace buddyring::sim
