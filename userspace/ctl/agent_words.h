// SPDX-License-Identifier: Apache-2.0
// What `buddyctl status` and `buddyctl top` both say of an agent in words.
#pragma once

#include <string>

#include "ctl/agent_facts.h"

namespace buddyring {

// "half within 16.4us, 99% within 131us, of 4711"; exact to a factor of two.
[[nodiscard]] std::string words_on(const buddyring_delay_histogram& delays);

// "real-time priority 50, taken 2 times for late ticks, memory locked, on CPU 1"; "" when there is
// nothing of all that.
[[nodiscard]] std::string words_on_scheduling(const buddyring_report& report);

// "5 servers, as the table said 12.3s ago".
[[nodiscard]] std::string words_on_ring(const PinnedMaps& maps, const AgentFacts& facts);

}  // namespace buddyring
