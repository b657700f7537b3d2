// SPDX-License-Identifier: Apache-2.0
// `buddyd --detach`: says on standard output what an agent had left and is removed.
#pragma once

#include "agent/options.h"

namespace buddyring {

// May be repeated. Throws StartupError when an agent still runs for this server.
void detach(const AgentOptions& options);

}  // namespace buddyring
