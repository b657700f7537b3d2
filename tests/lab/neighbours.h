// SPDX-License-Identifier: Apache-2.0
// Neighbours: hosts that know each other's hardware addresses for good.
//
// Theory of operation. All namespaces share one kernel's table of neighbours, whose limit of
// 1024 entries everybody talking to everybody would exceed. Permanent entries do not count.
// Servers on kernels of their own have no such limit to share.
#pragma once

#include <vector>

#include "tests/lab/host.h"

namespace buddyring::lab {

// Throws std::runtime_error.
void make_neighbours(const std::vector<Host*>& hosts);

}  // namespace buddyring::lab
