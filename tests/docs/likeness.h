// SPDX-License-Identifier: Apache-2.0
// Likeness: whether what a page shows is what a program says today, numbers aside.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace buddyring::docs {

// "", or the first line of `shown` that is not in `said`. Any number is like any other, one
// blank like several; "..." stands for whatever, as a line for any lines, too.
[[nodiscard]] std::string unlike_text(const std::string& shown, const std::string& said);

// "", or where the documents differ: in keys, or in the kinds of values. null is like all;
// of arrays the first elements are compared. ", ..." in `shown` is left out.
[[nodiscard]] std::string unlike_json(const std::string& shown, const std::string& said);

}  // namespace buddyring::docs
