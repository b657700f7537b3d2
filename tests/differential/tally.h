// SPDX-License-Identifier: Apache-2.0
// Tally: how often each thing was seen, so that a run can show that it saw them all.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "bpf/contract.h"

namespace buddyring::differential {

struct Tally {
  uint64_t frames = 0;
  uint64_t agreed = 0;
  uint64_t departures = 0;  // through the egress program, besides the frames
  std::array<uint64_t, BUDDYRING_VERDICTS> verdicts{};
  std::array<uint64_t, BUDDYRING_VERDICTS> verdicts_at_tc{};  // of these
  std::array<uint64_t, BUDDYRING_ANSWER_CLASSES> classes{};
  // Answered, by family (IPv4, IPv6) and number of tags.
  std::array<std::array<uint64_t, 3>, 2> answered{};
  // Of these, and of what arrived, over UDP, by family.
  std::array<uint64_t, 2> answered_over_udp{};
  std::array<uint64_t, 2> arrived_over_udp{};

  [[nodiscard]] std::string text() const;
};

[[nodiscard]] const char* name_of(buddyring_verdict verdict);
[[nodiscard]] const char* name_of(buddyring_answer_class answer_class);

}  // namespace buddyring::differential
