// SPDX-License-Identifier: Apache-2.0
// StartupError: thrown before the agent runs, never afterwards. Its text is one
// line: what was attempted, what came back, and the cure.
#pragma once

#include <stdexcept>

namespace buddyring {

class StartupError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace buddyring
