// SPDX-License-Identifier: Apache-2.0
// Trace: what happened, as a hash of everything and, when somebody wants to
// read it, as lines. Two runs of one seed must have the same hash.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "tests/sim/clock.h"

namespace buddyring::sim {

class Trace {
 public:
  enum class Lines : uint8_t {
    none,
    kept,     // the last of them, for a run that fails
    printed,  // at once, to standard output
  };
  explicit Trace(Lines lines) : lines_(lines) {}

  void note(uint64_t value) {
    hash_ = (hash_ ^ value) * 0x9FB21C651E98DF25U;
    hash_ ^= hash_ >> 32U;
  }
  void note(std::string_view text) {
    for (const char letter : text) {
      hash_ = (hash_ ^ static_cast<unsigned char>(letter)) * 0x100000001B3U;
    }
    note(text.size());
  }
  [[nodiscard]] uint64_t hash() const { return hash_; }

  // Building a line costs more than the event that it tells of.
  [[nodiscard]] bool wants_lines() const { return lines_ != Lines::none; }
  void line(Nanos at, std::string_view who, std::string_view text);
  [[nodiscard]] const std::deque<std::string>& kept() const { return kept_; }

 private:
  static constexpr size_t kept_max = 400;
  Lines lines_;
  uint64_t hash_ = 0xCBF29CE484222325U;
  std::deque<std::string> kept_;
};

}  // namespace buddyring::sim
