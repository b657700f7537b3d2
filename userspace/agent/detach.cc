// SPDX-License-Identifier: Apache-2.0
#include "agent/detach.h"

#include <iostream>

#include "kernel/detach.h"

namespace buddyring {

void detach(const AgentOptions& options) {
  const auto removed = detach_leftovers(options.pin_root, options.pool, options.server);
  for (const std::string& each : removed) {
    std::cout << "buddyd: removed " << each << "\n";
  }
  if (removed.empty()) {
    std::cout << "buddyd: nothing was left of server " << options.server << " of pool " << options.pool << "\n";
  }
}

}  // namespace buddyring
