// SPDX-License-Identifier: Apache-2.0
// RttHistory: how a buddy's round-trip time was at each look, as a line of bars.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>

namespace buddyring {

// From nothing to the highest: eight bars of UTF-8, or as well as ASCII can.
inline constexpr std::array<const char*, 8> bars_utf8{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
inline constexpr std::array<const char*, 8> bars_ascii{".", ":", "-", "=", "+", "*", "%", "#"};

class RttHistory {
 public:
  // As wide as any terminal.
  static constexpr size_t limit = 1000;

  // Of one look; nothing when no answer came since the one before.
  void add(std::optional<uint64_t> rtt_ns);
  // The latest `columns` looks, the latest on the right; a look without an answer is a
  // blank. Bars rise from zero to the highest that is shown.
  [[nodiscard]] std::string line(size_t columns, std::span<const char* const, 8> bars) const;
  // The highest of these.
  [[nodiscard]] uint64_t highest_ns(size_t columns) const;

 private:
  std::deque<std::optional<uint64_t>> looks_;
};

}  // namespace buddyring
