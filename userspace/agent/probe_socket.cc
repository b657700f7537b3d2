// SPDX-License-Identifier: Apache-2.0
#include "agent/probe_socket.h"

#include <linux/filter.h>
#include <linux/pkt_sched.h>
#include <netinet/icmp6.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "posix/socket_address.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

constexpr int send_buffer_bytes = 1 << 20;
constexpr int traffic_class = probe_traffic_class;

template <class Value>
void set_option(const Fd& socket, int level, int name, const Value& value, const char* what) {
  if (::setsockopt(socket.get(), level, name, &value, sizeof(value)) != 0) {
    throw StartupError(std::string("probe socket: cannot set ") + what + ": " + std::strerror(errno) +
                       (errno == EPERM ? "; CAP_NET_ADMIN is needed: run as root, or see docs/privileges.md" : ""));
  }
}

void accept_nothing(const Fd& socket) {
  sock_filter instruction{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0};
  const sock_fprog filter{.len = 1, .filter = &instruction};
  set_option(socket, SOL_SOCKET, SO_ATTACH_FILTER, filter, "a filter");
}

Fd open_raw(const Address& source, int protocol) {
  Fd socket{::socket(SocketAddress({source, 0}).family(), SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol)};
  if (!socket.valid()) {
    throw StartupError(std::string("cannot open a raw socket for probes: ") + std::strerror(errno) +
                       (errno == EPERM ? "; CAP_NET_RAW is needed: run as root" : ""));
  }
  accept_nothing(socket);
  // Probes that wait for a dead neighbour must not use up the room of the others.
  set_option(socket, SOL_SOCKET, SO_SNDBUFFORCE, send_buffer_bytes, "its buffer");
  set_option(socket, SOL_SOCKET, SO_PRIORITY, int{TC_PRIO_CONTROL}, "the priority");
  return socket;
}

void leave_from(const Fd& socket, const Address& source, const std::string& interface) {
  if (!interface.empty() && ::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(),
                                         static_cast<socklen_t>(interface.size())) != 0) {
    throw StartupError("probe socket: cannot set its interface: " + std::string(std::strerror(errno)));
  }
  const SocketAddress from({source, 0});
  if (::bind(socket.get(), from.get(), from.size()) != 0) {
    throw StartupError("cannot send probes from " + source.text() + ": " + std::strerror(errno));
  }
}

}  // namespace

Fd open_echo_socket(const Address& source, const std::string& interface) {
  Fd socket = open_raw(source, source.is_v4() ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6});
  if (source.is_v4()) {
    set_option(socket, IPPROTO_IP, IP_TOS, traffic_class, "the TOS");
  } else {
    icmp6_filter block_all{};
    ICMP6_FILTER_SETBLOCKALL(&block_all);
    // By type and before the kernel makes a copy, which the filter of all sockets is too late for.
    set_option(socket, IPPROTO_ICMPV6, ICMP6_FILTER, block_all, "a filter of types");
    set_option(socket, IPPROTO_IPV6, IPV6_TCLASS, traffic_class, "the traffic class");
  }
  leave_from(socket, source, interface);
  return socket;
}

// IPPROTO_RAW means: with an IP header of the sender's own.
Fd open_datagram_socket(const Address& source, const std::string& interface) {
  Fd socket = open_raw(source, IPPROTO_RAW);
  leave_from(socket, source, interface);
  return socket;
}

Fd hold_probe_port(const Address& source, uint16_t port) {
  const Endpoint endpoint{source, port};
  const SocketAddress place(endpoint);
  Fd socket{::socket(place.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!socket.valid()) {
    throw StartupError(std::string("cannot open a socket of UDP: ") + std::strerror(errno));
  }
  accept_nothing(socket);
  // An agent that hands over may hold it until after the next has started.
  set_option(socket, SOL_SOCKET, SO_REUSEADDR, int{1}, "that the next agent may hold its port, too");
  if (::bind(socket.get(), place.get(), place.size()) != 0) {
    throw StartupError(
        "cannot probe from UDP port " + endpoint.text() + ": " + std::strerror(errno) +
        (errno == EADDRINUSE ? "; stop what uses it, or give all servers of the pool another --probe-port" : ""));
  }
  return socket;
}

}  // namespace buddyring
