// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <string_view>

#include "tests/bench/bench.h"

namespace {

struct Measurement {
  std::string_view name;
  bool (*measure)();
};
constexpr std::array measurements{
    Measurement{"detect", buddyring::bench::detect}, Measurement{"heal", buddyring::bench::heal},
    Measurement{"stale", buddyring::bench::stale},   Measurement{"seal", buddyring::bench::seal},
    Measurement{"notify", buddyring::bench::notify}, Measurement{"profiles", buddyring::bench::profiles}};

}  // namespace

int main(int argc, char** argv) {
  using namespace buddyring::bench;
  const std::string_view what = argc == 2 ? argv[1] : "";
  const auto* const measurement = std::ranges::find(measurements, what, &Measurement::name);
  if (measurement == measurements.end()) {
    std::fprintf(stderr, "usage: bench detect | heal | stale | seal | notify | profiles\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return measurement->measure() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
    return 1;
  }
}
