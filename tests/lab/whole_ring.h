// SPDX-License-Identifier: Apache-2.0
// Servers that are known by number, and the whole ring of them, for measurements, which
// have no use for a ring that is not whole.
#pragma once

#include <set>
#include <string>

#include "tests/lab/pool.h"

namespace buddyring::lab {

// The servers' names: s1, s2, ...
[[nodiscard]] std::string server_name(unsigned number);
// Starts that many servers. Throws std::runtime_error when the ring is not whole in time.
[[nodiscard]] std::set<std::string> fill(Pool& pool, unsigned servers,
                                         std::chrono::nanoseconds timeout = settle_timeout);
// Throws std::runtime_error when the pool does not settle on these in time.
void settle(Pool& pool, const std::set<std::string>& servers, std::chrono::nanoseconds timeout = settle_timeout);

}  // namespace buddyring::lab
