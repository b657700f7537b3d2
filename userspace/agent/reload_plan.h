// SPDX-License-Identifier: Apache-2.0
// ReloadPlan: what reading the settings anew would change, in words for operators.
//
// Theory of operation. What was given is compared as text, option by option, so that no option
// can be forgotten: one that is not known to change live needs a restart. Of secrets the
// file's name is text and its content is not; those are compared apart and never shown.
#pragma once

#include <string>
#include <vector>

#include "agent/options.h"

namespace buddyring {

struct ReloadPlan {
  std::vector<std::string> changed;  // "interval 100ms -> 50ms"; of what has many values or secret ones the name alone
  std::vector<std::string> restart;  // names of options that keep their old value until then
};

[[nodiscard]] ReloadPlan plan_reload(const AgentOptions& old, const AgentOptions& fresh);

// With commas between; "" for none.
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

// `old`, and of `fresh` what changes live.
[[nodiscard]] AgentOptions with_live_settings(const AgentOptions& old, const AgentOptions& fresh);

}  // namespace buddyring
