// SPDX-License-Identifier: Apache-2.0
// What happens in a run, in words, for the readable trace.
#pragma once

#include <string>

#include "core/event.h"
#include "core/registry_messages.h"

namespace buddyring::sim {

[[nodiscard]] std::string describe(const Event& event);
[[nodiscard]] std::string describe(const RegistryRequest& request);
[[nodiscard]] std::string describe(const RegistryReply& reply);
[[nodiscard]] const char* describe(WitnessWord word);

}  // namespace buddyring::sim
