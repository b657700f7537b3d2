// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/whole_ring.h"

#include <stdexcept>

namespace buddyring::lab {

std::string server_name(unsigned number) { return "s" + std::to_string(number); }

std::set<std::string> fill(Pool& pool, unsigned servers, std::chrono::nanoseconds timeout) {
  std::set<std::string> all;
  for (unsigned number = 1; number <= servers; ++number) {
    pool.add(server_name(number));
    all.insert(server_name(number));
  }
  settle(pool, all, timeout);
  return all;
}

void settle(Pool& pool, const std::set<std::string>& servers, std::chrono::nanoseconds timeout) {
  if (const std::string off = pool.settle(servers, timeout); !off.empty()) {
    throw std::runtime_error("the ring did not become whole: " + off);
  }
}

}  // namespace buddyring::lab
