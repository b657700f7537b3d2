// SPDX-License-Identifier: Apache-2.0
// A test for each page that has something to run.
#pragma once

#include <vector>

#include "tests/docs/page.h"

namespace buddyring::docs {

// "Page.README", "Page.guide" and so on. REQUIRES that no test has run.
void register_page_tests(const std::vector<Page>& pages);

// The build folder that this binary is in.
[[nodiscard]] std::string build_folder();

}  // namespace buddyring::docs
