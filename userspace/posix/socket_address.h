// SPDX-License-Identifier: Apache-2.0
// SocketAddress: an Endpoint as the system's calls take and return it.
//
// Theory of operation. The bytes of a sockaddr_in or a sockaddr_in6, whichever
// the address is of, and how many of them count. They may be handed to the
// kernel for later (io_uring) as long as this stays where it is.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "core/address.h"

namespace buddyring {

class SocketAddress {
 public:
  SocketAddress() = default;
  // Port 0: none, or whichever the kernel chooses.
  explicit SocketAddress(const Endpoint& endpoint);

  // What socket(2) is to be asked for.
  [[nodiscard]] int family() const { return storage_.ss_family; }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage_); }
  [[nodiscard]] socklen_t size() const { return size_; }

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

// The port to which the socket is bound; 0 when it is bound to none.
[[nodiscard]] uint16_t bound_port(int fd);

}  // namespace buddyring
