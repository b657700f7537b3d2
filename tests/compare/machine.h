// SPDX-License-Identifier: Apache-2.0
// Machine: on what the comparison ran, and which versions of what.
#pragma once

#include <string>
#include <vector>

namespace buddyring::compare {

struct Fact {
  std::string name;
  std::string value;
};

// Processor, cores, memory, kernel, system, load at the start, and the versions of the peers.
[[nodiscard]] std::vector<Fact> machine();

// Date and time, UTC.
[[nodiscard]] std::string now_text();

}  // namespace buddyring::compare
