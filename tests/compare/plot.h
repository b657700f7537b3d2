// SPDX-License-Identifier: Apache-2.0
// Plot: each value of a result as a point, a column for each program, drawn by gnuplot as SVG. Of
// many values, evenly chosen ones by rank, the least and the greatest among them.
#pragma once

#include <string>

#include "tests/compare/result.h"
#include "tests/compare/results_file.h"
#include "tests/lab/namespace_thread.h"

namespace buddyring::compare {

// FOLDER/NAME.svg, and beside it NAME.dat, what it was drawn from. Returns "", or what went wrong.
[[nodiscard]] std::string draw(const Result& result, const std::string& folder, lab::NamespaceThread& where);

// FOLDER/overview.svg: a bar for each comparison.
[[nodiscard]] std::string draw_overview(const std::vector<Comparison>& comparisons, const std::string& folder,
                                        lab::NamespaceThread& where);

}  // namespace buddyring::compare
