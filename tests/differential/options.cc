// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/options.h"

#include <charconv>
#include <cstdio>
#include <string_view>

namespace buddyring::differential {
namespace {

std::optional<uint64_t> value_of(std::string_view argument, std::string_view option) {
  if (!argument.starts_with(option)) {
    return std::nullopt;
  }
  uint64_t number = 0;
  const char* const end = argument.data() + argument.size();
  const auto [at, error] = std::from_chars(argument.data() + option.size(), end, number);
  return error == std::errc{} && at == end ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<Options> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  for (const std::string& argument : arguments) {
    if (const auto seed = value_of(argument, "--seed=")) {
      options.seed = *seed;
    } else if (const auto frames = value_of(argument, "--frames=")) {
      options.frames = *frames;
    } else if (const auto episode = value_of(argument, "--episode=")) {
      options.episode = episode;
    } else {
      std::fprintf(stderr, "differential: '%s' is none of --seed=N, --frames=N, --episode=N, --gtest_...\n",
                   argument.c_str());
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace buddyring::differential
