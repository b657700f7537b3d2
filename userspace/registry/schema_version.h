// SPDX-License-Identifier: Apache-2.0
// The version of the server table that this program was made for: the number of the last
// migration. A session says it, and the procedures reply as that version reads.
#pragma once

#include <cstdint>

namespace buddyring {

inline constexpr uint32_t registry_schema_version = 4;

}  // namespace buddyring
