// SPDX-License-Identifier: Apache-2.0
#include "posix/socket_address.h"

#include <cstring>

namespace buddyring {

SocketAddress::SocketAddress(const Endpoint& endpoint) {
  const Address& address = endpoint.address;
  if (address.is_v4()) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(endpoint.port);
    name.sin_addr.s_addr = address.v4();
    std::memcpy(&storage_, &name, sizeof name);
    size_ = sizeof name;
  } else {
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    name.sin6_port = htons(endpoint.port);
    std::memcpy(&name.sin6_addr, address.bytes().data(), Address::size_bytes);
    std::memcpy(&storage_, &name, sizeof name);
    size_ = sizeof name;
  }
}

uint16_t bound_port(int fd) {
  // The port stands at the same place in both families.
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  sockaddr_in6 name{};
  socklen_t size = sizeof name;
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) == 0 ? ntohs(name.sin6_port) : uint16_t{0};
}

}  // namespace buddyring
