// SPDX-License-Identifier: Apache-2.0
// The one agent that is meant, by --pool, --server and --pin-root, among those pinned here.
#pragma once

#include "kernel/pinned_maps.h"
#include "posix/options.h"

namespace buddyring {

// Throws UsageError when several are, Failure when none is or its maps cannot be read.
[[nodiscard]] PinnedMaps find_agent(const Options& options);

}  // namespace buddyring
