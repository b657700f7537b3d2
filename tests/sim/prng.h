// SPDX-License-Identifier: Apache-2.0
// Prng: the simulator's only source of chance. The same seed and stream give the
// same numbers on every machine: xoshiro256** by Blackman and Vigna, its state
// filled by SplitMix64, both from their published description.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "tests/sim/clock.h"

namespace buddyring::sim {

[[nodiscard]] constexpr uint64_t split_mix(uint64_t& state) {
  state += 0x9E3779B97F4A7C15U;
  uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

// One number for several, for what must not depend on the order of draws.
[[nodiscard]] constexpr uint64_t mix(uint64_t a, uint64_t b) {
  uint64_t state = a ^ (b * 0xD6E8FEB86659FD93U);
  return split_mix(state);
}

class Prng {
 public:
  // Streams of one seed are independent: drawing more of one leaves the others as they are.
  Prng(uint64_t seed, uint64_t stream) {
    uint64_t state = mix(seed, stream + 1);
    for (uint64_t& word : state_) {
      word = split_mix(state);
    }
  }

  uint64_t next() {
    const uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const uint64_t shifted = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  // REQUIRES below > 0. The bias of the remainder is far below what a run could show.
  uint64_t below(uint64_t below) { return next() % below; }
  // In [0, 1).
  double real() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  bool chance(double probability) { return probability > 0 && real() < probability; }
  // Both ends included.
  Nanos between(Nanos low, Nanos high) {
    return low + static_cast<Nanos>(below(static_cast<uint64_t>(high - low) + 1));
  }
  Nanos exponential(Nanos mean) { return static_cast<Nanos>(-std::log(1.0 - real()) * static_cast<double>(mean)); }

 private:
  static constexpr uint64_t rotate(uint64_t value, unsigned by) { return (value << by) | (value >> (64U - by)); }
  std::array<uint64_t, 4> state_{};
};

}  // namespace buddyring::sim
