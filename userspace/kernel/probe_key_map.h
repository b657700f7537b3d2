// SPDX-License-Identifier: Apache-2.0
// The map of the keys of probes, which the programs look into by key id.
#pragma once

#include "posix/probe_keys.h"

namespace buddyring {

// Makes `keys` all that the map takes. Throws StartupError.
void fill_probe_keys(int map_fd, const ProbeKeys& keys);

}  // namespace buddyring
