// SPDX-License-Identifier: Apache-2.0
// Generator: draws worlds, and well-formed frames that mean something in them:
// plain requests, probes, answers to probes that really left, over ICMP and UDP, of
// peers and of strangers, in both families, with and without tags. What is wrong with a frame
// is spoil.h's.
#pragma once

#include <deque>

#include "tests/differential/draft.h"
#include "tests/differential/world.h"
#include "tests/sim/prng.h"

namespace buddyring::differential {

using sim::Prng;

// A probe that left.
struct Departed {
  unsigned slot = 0;
  uint64_t number = 0;
  uint64_t nonce = 0;
  uint8_t key = 0;
};

class Generator {
 public:
  explicit Generator(Prng& prng) : prng_(prng) {}

  [[nodiscard]] Self self();
  // Beside ours; most of its family.
  [[nodiscard]] Peer peer(const Self& self);
  // Into what our answers say, as a later moment of the same agent.
  void age(Self& self);
  // Of a pool with keys or without.
  [[nodiscard]] std::array<Key, 4> keys();
  // One of them; most often one that is taken.
  [[nodiscard]] const Key& key(const World& world);
  [[nodiscard]] const Sealer& sealer() const { return sealer_; }

  [[nodiscard]] Draft incoming(const World& world, const std::deque<Departed>& departed);
  // A probe of ours to the peer of a slot.
  [[nodiscard]] Draft outgoing(const World& world, unsigned slot, const Departed& probe);

 private:
  [[nodiscard]] bool chance(double probability) { return prng_.chance(probability); }
  [[nodiscard]] Mac mac();
  [[nodiscard]] Ip address(bool is_v6);
  [[nodiscard]] uint64_t number();
  [[nodiscard]] uint64_t epoch();
  [[nodiscard]] uint64_t word(uint64_t epoch);
  [[nodiscard]] Draft blank(bool is_v6);
  void fill(Bytes& data);
  // The same data over UDP, to our probe port.
  void put_into_datagram(const Self& self, Draft& draft);
  void draw_asker(const World& world, Draft& draft);
  void draw_probe(const World& world, Draft& draft);
  void draw_answer(const World& world, const std::deque<Departed>& departed, Draft& draft);
  void draw_answer_fields(const World& world, unsigned slot, ProbeFields& probe);
  void draw_asker_fields(const World& world, unsigned slot, ProbeFields& probe);
  void seal(const Key& key, ProbeFields& probe, Bytes& data);

  Prng& prng_;
  Sealer sealer_;
};

}  // namespace buddyring::differential
