// SPDX-License-Identifier: Apache-2.0
// The hosts that `buddyctl ping` is given, as addresses.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

namespace buddyring {

struct PingHost {
  std::string name;     // as it was given
  std::string address;  // in text
  sockaddr_storage socket_address{};
};

struct UnknownHost {
  std::string name;
  std::string why;
};

struct PingHosts {
  std::vector<PingHost> found;  // in the order given
  std::vector<UnknownHost> unknown;
};

// The first address of each. `family`: AF_INET, AF_INET6, or AF_UNSPEC for either.
[[nodiscard]] PingHosts resolve_hosts(const std::vector<std::string>& names, int family);

// The same host: the address, whatever the port.
[[nodiscard]] bool same_address(const sockaddr_storage& one, const sockaddr_storage& other);

}  // namespace buddyring
