// SPDX-License-Identifier: Apache-2.0
// Options: what the command line says beside GoogleTest's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace buddyring::differential {

struct Options {
  uint64_t seed = 1;
  uint64_t frames = 200'000;
  std::optional<uint64_t> episode;  // this one alone, with every map compared after each frame
};

// Nothing when an argument is no option or not one of its values, which has been told.
[[nodiscard]] std::optional<Options> parse_options(const std::vector<std::string>& arguments);

}  // namespace buddyring::differential
