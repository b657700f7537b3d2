// SPDX-License-Identifier: Apache-2.0
#include "ctl/ping_hosts.h"

#include <netdb.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "ctl/ping_socket.h"

namespace buddyring {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

const sockaddr_in& as_v4(const sockaddr_storage& address) { return reinterpret_cast<const sockaddr_in&>(address); }
const sockaddr_in6& as_v6(const sockaddr_storage& address) { return reinterpret_cast<const sockaddr_in6&>(address); }

}  // namespace

PingHosts resolve_hosts(const std::vector<std::string>& names, int family) {
  PingHosts hosts;
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_RAW;
  for (const std::string& name : names) {
    addrinfo* list = nullptr;
    const int problem = ::getaddrinfo(name.c_str(), nullptr, &hints, &list);
    const std::unique_ptr<addrinfo, FreeAddresses> owner(list);
    if (problem != 0 || list == nullptr) {
      hosts.unknown.push_back({name, problem == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(problem)});
      continue;
    }
    PingHost host;
    host.name = name;
    std::memcpy(&host.socket_address, list->ai_addr, list->ai_addrlen);
    host.address = numeric_text(host.socket_address);
    hosts.found.push_back(std::move(host));
  }
  return hosts;
}

bool same_address(const sockaddr_storage& one, const sockaddr_storage& other) {
  if (one.ss_family != other.ss_family) {
    return false;
  }
  return one.ss_family == AF_INET6 ? std::memcmp(&as_v6(one).sin6_addr, &as_v6(other).sin6_addr, sizeof(in6_addr)) == 0
                                   : as_v4(one).sin_addr.s_addr == as_v4(other).sin_addr.s_addr;
}

}  // namespace buddyring
