// SPDX-License-Identifier: Apache-2.0
// SealedPrograms: the programs in a pool with two keys, and probes and answers
// that are sealed with these or with others.
#pragma once

#include <initializer_list>

#include "tests/kernel/programs.h"

namespace buddyring {

class SealedPrograms : public ProgramsAllWays {
 protected:
  static constexpr uint8_t key_none = 0;
  static constexpr uint8_t key_1 = 1;
  static constexpr uint8_t key_2 = 0x82;
  static constexpr uint8_t key_unknown = 3;
  static constexpr uint16_t lease_fresh = 1;
  static constexpr uint16_t member = 2;
  static constexpr uint16_t asker_is_buddy = 4;

  SealedPrograms() { take_keys(keys_of({key_1, key_2})); }

  [[nodiscard]] static ProbeKeys keys_of(std::initializer_list<uint8_t> ids);
  // With the seal of key `id`; with another one, that of the key `made_with`.
  [[nodiscard]] static Probe sealed(Probe probe, uint8_t id);
  [[nodiscard]] static Probe sealed(Probe probe, uint8_t id, uint8_t made_with);

  // The peer's probe to us, in the incarnation that we know.
  [[nodiscard]] static Probe probe_of_the_peer(uint64_t number);
  // Our answer, sealed under the key of `asked`.
  [[nodiscard]] Packet answer_to(Probe asked, uint16_t flags = lease_fresh | member | asker_is_buddy) const;
  // Sends our probe `number`, sealed under key `id`.
  void depart(uint64_t number, uint8_t id);
  [[nodiscard]] uint64_t next_number() { return ++number_; }

 private:
  uint64_t number_ = 1000;
};

}  // namespace buddyring
