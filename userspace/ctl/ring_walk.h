// SPDX-License-Identifier: Apache-2.0
// The order of a ring, found by walking it.
#pragma once

#include <vector>

#include "registry/client.h"

namespace buddyring {

struct RingWalk {
  std::vector<ServerRow> order;  // every server once
  bool whole = true;             // each server's two buddies are its neighbours in that order
};

// Begins at the first server by name, towards its buddy A. Which of its buddies
// a server calls A says nothing about direction, so each step goes to the buddy
// that the walk did not come from. Servers that it does not meet follow by name.
[[nodiscard]] RingWalk walk_ring(const std::vector<ServerRow>& servers);

}  // namespace buddyring
