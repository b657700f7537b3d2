// SPDX-License-Identifier: Apache-2.0
// Durations to look at: three digits, such as "1.23ms".
#pragma once

#include <cstdint>
#include <string>

#include "core/time.h"

namespace buddyring {

[[nodiscard]] std::string rough(Duration duration);
[[nodiscard]] std::string rough_ns(uint64_t ns);

}  // namespace buddyring
