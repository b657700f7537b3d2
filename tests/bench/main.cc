// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>
#include <string_view>

#include "tests/bench/bench.h"

int main(int argc, char** argv) {
  using namespace buddyring::bench;
  const std::string_view what = argc == 2 ? argv[1] : "";
  if (what != "detect" && what != "heal" && what != "stale") {
    std::fprintf(stderr, "usage: bench detect | heal | stale\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return (what == "detect" ? detect() : what == "heal" ? heal() : stale()) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
    return 1;
  }
}
