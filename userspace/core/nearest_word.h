// SPDX-License-Identifier: Apache-2.0
// What an operator may have meant by a word that is not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace buddyring {

// The one of `accepted` that fewest inserted, deleted or replaced letters make
// of `word`, the first of equals; empty when each would need more than half of
// the word changed.
[[nodiscard]] std::string nearest_word(std::string_view word, const std::vector<std::string>& accepted);

}  // namespace buddyring
