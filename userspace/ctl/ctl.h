// SPDX-License-Identifier: Apache-2.0
// buddyctl: finds the command, runs it, and turns what it throws into one line
// and an exit status.
#pragma once

#include <string>
#include <vector>

namespace buddyring {

[[nodiscard]] int run_ctl(const std::vector<std::string>& arguments);

}  // namespace buddyring
