// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>
#include <string_view>

#include "tests/peers/peers.h"

int main(int argc, char** argv) {
  using namespace buddyring::peers;
  const std::string_view what = argc == 2 ? argv[1] : "";
  if (what != "haproxy" && what != "router" && what != "topologies") {
    std::fprintf(stderr, "usage: peers haproxy | router | topologies\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    const bool met = what == "haproxy" ? haproxy() : what == "router" ? router() : topologies();
    return met ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "peers: %s\n", error.what());
    return 1;
  }
}
