// SPDX-License-Identifier: Apache-2.0
#include "posix/listener.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "posix/socket_address.h"
#include "posix/startup_error.h"

namespace buddyring {

Fd listen_at(Endpoint& endpoint) {
  const std::string attempt = "listen at " + endpoint.text() + ": ";
  const SocketAddress name(endpoint);
  Fd socket{::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket.valid()) {
    throw StartupError(attempt + std::strerror(errno));
  }
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (name.family() == AF_INET6) {
    // "[::]" takes IPv4 as well, whatever the host's default is.
    const int off = 0;
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (::bind(socket.get(), name.get(), name.size()) != 0 || ::listen(socket.get(), SOMAXCONN) != 0) {
    const char* all = endpoint.address.is_v4() ? "; give an address of this host, or 0.0.0.0 for all"
                                               : "; give an address of this host, or [::] for all";
    const char* cure = errno == EADDRINUSE      ? "; stop what listens there or choose another port"
                       : errno == EADDRNOTAVAIL ? all
                       : errno == EACCES        ? "; choose a port from 1024 up, or grant CAP_NET_BIND_SERVICE"
                                                : "";
    throw StartupError(attempt + std::strerror(errno) + cure);
  }
  endpoint.port = bound_port(socket.get());
  return socket;
}

}  // namespace buddyring
