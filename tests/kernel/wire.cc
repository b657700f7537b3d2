// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/wire.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "posix/clock.h"
#include "posix/fd.h"
#include "tests/lab/sandbox.h"
#include "tests/lab/wait.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;

constexpr ptrdiff_t icmp_header_bytes = 8;

// fd77::a.b.c.d of the address of IPv4 that the lab gave.
std::string ipv6_text(const lab::Host& host) { return "fd77::" + host.address(); }

// A socket for this family's ICMP and the name of the one to send to.
struct IcmpSocket {
  IcmpSocket(Family family, int type, const Address& to)
      : fd(family == Family::ipv4 ? socket(AF_INET, type | SOCK_CLOEXEC, IPPROTO_ICMP)
                                  : socket(AF_INET6, type | SOCK_CLOEXEC, IPPROTO_ICMPV6)) {
    if (family == Family::ipv4) {
      auto& name = reinterpret_cast<sockaddr_in&>(destination);
      name.sin_family = AF_INET;
      name.sin_addr.s_addr = to.v4();
      name_bytes = sizeof(name);
    } else {
      auto& name = reinterpret_cast<sockaddr_in6&>(destination);
      name.sin6_family = AF_INET6;
      std::ranges::copy(to.bytes(), name.sin6_addr.s6_addr);
      name_bytes = sizeof(name);
    }
  }
  void send(const uint8_t* message, size_t bytes) const {
    ASSERT_EQ(sendto(fd.get(), message, bytes, 0, reinterpret_cast<const sockaddr*>(&destination), name_bytes),
              static_cast<ssize_t>(bytes));
  }

  Fd fd;
  sockaddr_storage destination{};
  socklen_t name_bytes = 0;
};

}  // namespace

Wire::Wire(Family family) : family_(family) {
  for (lab::Host* host : {&one_, &two_}) {
    // Some machines switch IPv6 off for every new interface.
    host->run([] { lab::write_file("/proc/sys/net/ipv6/conf/eth0/disable_ipv6", "0"); });
    lab::ip_batch(host->inside(), "addr add " + ipv6_text(*host) + "/64 dev eth0 nodad\n");
    host->run([] { lab::write_file("/proc/sys/net/ipv4/ping_group_range", "0 0"); });
  }
}

Address Wire::address_of(const lab::Host& host) const {
  const Address ipv4 = Address::parse(host.address()).value();
  if (family_ == Family::ipv4) {
    return ipv4;
  }
  std::array<uint8_t, 16> bytes = ipv4.bytes();
  std::fill_n(bytes.begin(), 12, uint8_t{0});
  bytes[0] = 0xFD;
  bytes[1] = 0x77;
  return Address::from_bytes(bytes);
}

std::string Wire::address_text(const lab::Host& host) const {
  return family_ == Family::ipv4 ? host.address() : ipv6_text(host);
}

Attached Wire::attach(lab::Host& host) const {
  return attach_inside(host.inside(),
                       {.pin_root = pin_root,
                        .pool = "web",
                        .server = host.name(),
                        .links = {{.interface = "eth0", .ifindex = host.run([] { return if_nametoindex("eth0"); })}},
                        .address = address_of(host)});
}

Server Wire::server_of(const lab::Host& host, Incarnation incarnation) const {
  return {.name = host.name(), .address = address_of(host), .incarnation = incarnation};
}

void Wire::announce(KernelPath& path, Incarnation incarnation) {
  path.set_self(incarnation, 1, true);
  path.renew_lease(monotonic_now() + 1h);
}

void Wire::send_probe(lab::Host& from, const lab::Host& to, uint64_t number) const {
  from.run([&] {
    const Packet packet = Packet::request(family_).probe({.number = number,
                                                          .sender = identity_of("web", from.name()),
                                                          .target = identity_of("web", to.name()),
                                                          .nonce = number * 31});
    const Bytes frame = packet.frame();
    // Under IPv6 the socket writes the checksum itself, as the pseudo-header is the stack's to choose.
    IcmpSocket(family_, SOCK_RAW, address_of(to))
        .send(frame.data() + packet.message_offset(), frame.size() - packet.message_offset());
  });
}

Bytes Wire::ping(lab::Host& from, const lab::Host& to, const Bytes& data) const {
  return from.run([&] {
    const IcmpSocket socket(family_, SOCK_DGRAM, address_of(to));
    const timeval patience{.tv_sec = arrival_timeout.count(), .tv_usec = 0};
    EXPECT_EQ(setsockopt(socket.fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    Bytes message(icmp_header_bytes);
    message[0] = family_ == Family::ipv4 ? 8 : 128;
    message.insert(message.end(), data.begin(), data.end());
    socket.send(message.data(), message.size());
    Bytes back(2048);
    const ssize_t bytes = recv(socket.fd.get(), back.data(), back.size(), 0);
    EXPECT_GE(bytes, static_cast<ssize_t>(icmp_header_bytes));
    back.resize(static_cast<size_t>(std::max<ssize_t>(bytes, icmp_header_bytes)));
    return Bytes(back.begin() + icmp_header_bytes, back.end());
  });
}

bool Wire::wait_for(KernelPath& path, const std::function<bool(const Observation&)>& wanted) {
  return lab::wait_until([&] { return wanted(path.observe(0)); }, arrival_timeout);
}

}  // namespace buddyring
