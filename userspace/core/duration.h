// SPDX-License-Identifier: Apache-2.0
// Durations as operators write them: "100ms", "3s", "1.5s", "2h".
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace buddyring {

// A number, whole or decimal, and a unit: ns, us, ms, s, m (minutes) or h (hours).
// The unit is required, because 3 alone could be meant as any of them.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

// In the largest unit that shows it as a whole number; parse_duration reads it back.
[[nodiscard]] std::string format_duration(Duration duration);

}  // namespace buddyring
