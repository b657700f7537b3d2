// SPDX-License-Identifier: Apache-2.0
// Table: columns for people, as wide as what stands in them.
#pragma once

#include <string>
#include <vector>

namespace buddyring {

// The first row is the heading. Rows shorter than it leave cells empty.
[[nodiscard]] std::string format_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace buddyring
