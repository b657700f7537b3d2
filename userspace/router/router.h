// SPDX-License-Identifier: Apache-2.0
// Router: the parts of buddyrouter, put together and run until a signal.
#pragma once

#include <string>
#include <vector>

namespace buddyring {

// The exit status: 0 stopped by SIGTERM or SIGINT, 1 failed to start, 2 usage.
[[nodiscard]] int run_router(const std::vector<std::string>& arguments);

}  // namespace buddyring
