// SPDX-License-Identifier: Apache-2.0
// The two forms of `buddyctl status`.
#pragma once

#include <string>

#include "ctl/agent_facts.h"
#include "ctl/context.h"

namespace buddyring {

// As documented in docs/buddyctl.md.
[[nodiscard]] Json status_json(const PinnedMaps& maps, const AgentFacts& facts);
[[nodiscard]] std::string status_text(const PinnedMaps& maps, const AgentFacts& facts);

}  // namespace buddyring
