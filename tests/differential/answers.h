// SPDX-License-Identifier: Apache-2.0
// Answers: what two hosts sent back to one request, compared. Whatever differs is
// either of the kinds that the RFCs leave to the answerer (docs/differential.md
// gives the reason for each) or unexplained.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/differential/frame.h"

namespace buddyring::differential {

enum class Leeway : uint8_t {
  ip_identification,
  dont_fragment,
  flow_label,
  fragment_identification,
  ethernet_padding,
  priority_tag,
  probe_fields,
  form_of_zero,
  count,
};
inline constexpr auto leeways = static_cast<size_t>(Leeway::count);
using LeewayCounts = std::array<uint64_t, leeways>;

[[nodiscard]] const char* name_of(Leeway leeway);

// Adds what was made use of to `counts`, once an answer. Returns what differs
// besides, as text, or nothing. `is_probe`: the request was a probe for this server.
[[nodiscard]] std::string compare_answers(const std::vector<Bytes>& ours, const std::vector<Bytes>& stocks,
                                          bool is_probe, LeewayCounts& counts);

}  // namespace buddyring::differential
