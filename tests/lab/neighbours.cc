// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/neighbours.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <stdexcept>

#include "posix/fd.h"
#include "tests/lab/process.h"

namespace buddyring::lab {
namespace {

std::string hardware_address(Host& host) {
  return host.run([] {
    const Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    ifreq request{};
    std::string{"eth0"}.copy(static_cast<char*>(request.ifr_name), IFNAMSIZ - 1);
    if (::ioctl(socket.get(), SIOCGIFHWADDR, &request) != 0) {
      throw std::runtime_error("eth0 does not say its hardware address");
    }
    std::string text;
    for (const char byte : std::string_view{static_cast<const char*>(request.ifr_hwaddr.sa_data), 6}) {
      std::array<char, 4> two{};
      std::snprintf(two.data(), two.size(), "%s%02x", text.empty() ? "" : ":", static_cast<uint8_t>(byte));
      text += two.data();
    }
    return text;
  });
}

}  // namespace

void make_neighbours(const std::vector<Host*>& hosts) {
  std::string all;
  for (Host* host : hosts) {
    all += "neigh replace " + host->address() + " lladdr " + hardware_address(*host) + " dev eth0 nud permanent\n";
  }
  for (Host* host : hosts) {
    const Completed done = run_to_end(host->inside(), {.argv = {"ip", "-batch", "-"}, .input = all});
    if (done.exit.code != 0) {
      throw std::runtime_error("ip neigh: " + done.err);
    }
  }
}

}  // namespace buddyring::lab
