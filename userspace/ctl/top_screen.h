// SPDX-License-Identifier: Apache-2.0
// What `buddyctl top` shows: lines that fit a terminal, each with its tone.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "ctl/agent_facts.h"
#include "ctl/rtt_history.h"

namespace buddyring {

enum class Tone : uint8_t { plain, heading, good, warning, bad };

struct TopLine {
  std::string text;
  Tone tone = Tone::plain;
};

struct TopSize {
  size_t columns = 80;
  size_t rows = 24;
};

// Of both buddies, by the place in AgentFacts::buddies.
class TopHistory {
 public:
  // One look. Another buddy in a place begins anew.
  void add(const AgentFacts& facts);
  [[nodiscard]] const RttHistory& of(size_t place) const { return places_.at(place).rtts; }

 private:
  struct Place {
    std::string server;
    uint64_t answers = 0;
    RttHistory rtts;
  };
  std::array<Place, 2> places_;
};

// At most `rows` lines of at most `columns` characters.
[[nodiscard]] std::vector<TopLine> top_screen(const PinnedMaps& maps, const AgentFacts& facts,
                                              const TopHistory& history, TopSize size,
                                              std::span<const char* const, 8> bars);
// The same while there is no agent to be seen.
[[nodiscard]] std::vector<TopLine> top_screen(const std::string& why, TopSize size);

}  // namespace buddyring
