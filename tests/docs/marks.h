// SPDX-License-Identifier: Apache-2.0
// Marks: whether a block says rightly what becomes of it.
#pragma once

#include <string>

#include "tests/docs/page.h"

namespace buddyring::docs {

// "", or what is wrong with the mark of `block`, a block of `page`.
[[nodiscard]] std::string wrong_mark(const Page& page, const Block& block);

// Whether the tests here run it, look at it, or do both.
[[nodiscard]] bool is_ours(const Block& block);

}  // namespace buddyring::docs
