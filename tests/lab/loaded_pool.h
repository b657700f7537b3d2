// SPDX-License-Identifier: Apache-2.0
// Fills a pool of the server table at once, with as many servers as are asked for.
//
// Theory of operation. Announcing a million servers takes an hour; here the rows are
// written directly, in one transaction that leaves what announcing would have left:
// dense slots, every incarnation known, and one cycle. ServerVerify has nothing to
// say of it.
#pragma once

#include <string>

#include "tests/lab/mariadb.h"

namespace buddyring::lab {

inline constexpr unsigned loaded_servers_max = 9'999'999;

// Server `number`, from 1 on, of a loaded pool: "n0000001", and its buddies are the
// next (A) and the one before (B).
[[nodiscard]] std::string loaded_name(unsigned number);
// Its address: 10.0.0.0 and `number`.
[[nodiscard]] std::string loaded_address(unsigned number);

// REQUIRES that the schema is installed, that `pool` is a name and unknown, and
// 3 <= servers <= loaded_servers_max. Throws std::runtime_error.
void load_pool(MariaDb& mariadb, const std::string& database, const std::string& pool, unsigned servers);

}  // namespace buddyring::lab
