// SPDX-License-Identifier: Apache-2.0
// The sockets of probes over UDP against the kernel's own: what is sent is taken for a
// right datagram, and the port that is held is nobody else's and refuses nobody.
#include "agent/probe_socket.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <vector>

#include "core/datagram.h"
#include "posix/socket_address.h"
#include "posix/startup_error.h"
#include "tests/lab/namespace_thread.h"
#include "tests/lab/sandbox.h"
#include "tests/lab/switch.h"

namespace buddyring {
namespace {

constexpr uint16_t port = 4711;
constexpr uint16_t nobodys_port = 4712;
constexpr int patience_ms = 5000;
const std::vector<uint8_t> data{3, 1, 4, 1, 5, 9, 2, 6, 5};

class ProbeSocket : public testing::TestWithParam<const char*> {
 protected:
  ProbeSocket() {
    lab::ip_batch(where, "link set lo up\n");
    where.run([] { lab::write_file("/proc/sys/net/ipv6/conf/lo/disable_ipv6", "0"); });
  }

  [[nodiscard]] static Fd open_udp(const Address& address) {
    return Fd{::socket(SocketAddress({address, 0}).family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  }
  [[nodiscard]] static int bind_error(const Fd& socket, const Address& address, uint16_t to) {
    const SocketAddress place({address, to});
    return ::bind(socket.get(), place.get(), place.size()) == 0 ? 0 : errno;
  }
  // A socket that has sent a datagram to that port.
  [[nodiscard]] static Fd sent_to(const Address& address, uint16_t to) {
    Fd socket = open_udp(address);
    const SocketAddress place({address, to});
    EXPECT_EQ(::connect(socket.get(), place.get(), place.size()), 0);
    EXPECT_EQ(::send(socket.get(), data.data(), data.size(), 0), static_cast<ssize_t>(data.size()));
    return socket;
  }
  [[nodiscard]] static int error_of(const Fd& socket) {
    int error = 0;
    socklen_t size = sizeof(error);
    EXPECT_EQ(::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size), 0);
    return error;
  }
  static void await(const Fd& socket, short events) {
    pollfd waiting{.fd = socket.get(), .events = events, .revents = 0};
    EXPECT_EQ(::poll(&waiting, 1, patience_ms), 1);
  }

  const Address address = Address::parse(GetParam()).value();
  lab::NamespaceThread where{"probes"};
};

std::string family_name(const testing::TestParamInfo<const char*>& tested) {
  return Address::parse(tested.param)->is_v4() ? "Ipv4" : "Ipv6";
}

INSTANTIATE_TEST_SUITE_P(Each, ProbeSocket, testing::Values("127.0.0.1", "::1"), family_name);

TEST_P(ProbeSocket, WhatItSendsTheStackTakesForARightDatagram) {
  where.run([&] {
    const Fd receiver = open_udp(address);
    ASSERT_EQ(bind_error(receiver, address, port), 0);
    const Fd sender = open_datagram_socket(address, "lo");
    std::vector<uint8_t> packet(datagram_headers_bytes(address.is_v4()));
    packet.insert(packet.end(), data.begin(), data.end());
    write_datagram_headers(packet, {.source = address,
                                    .destination = address,
                                    .source_port = nobodys_port,
                                    .destination_port = port,
                                    .traffic_class = probe_traffic_class});
    const SocketAddress to({address, 0});
    ASSERT_EQ(::sendto(sender.get(), packet.data(), packet.size(), 0, to.get(), to.size()),
              static_cast<ssize_t>(packet.size()));
    await(receiver, POLLIN);
    std::vector<uint8_t> received(packet.size());
    const ssize_t bytes = ::recv(receiver.get(), received.data(), received.size(), 0);
    ASSERT_EQ(bytes, static_cast<ssize_t>(data.size()));
    received.resize(data.size());
    EXPECT_EQ(received, data);
  });
}

TEST_P(ProbeSocket, TheHeldPortTakesNothingAndRefusesNobody) {
  where.run([&] {
    const Fd held = hold_probe_port(address, port);
    // The loopback keeps the order: once the second has its error, the first would have one.
    const Fd to_held = sent_to(address, port);
    const Fd to_nobody = sent_to(address, nobodys_port);
    await(to_nobody, POLLERR);
    EXPECT_EQ(error_of(to_nobody), ECONNREFUSED);
    EXPECT_EQ(error_of(to_held), 0);
    std::array<uint8_t, 64> received{};
    EXPECT_EQ(::recv(held.get(), received.data(), received.size(), MSG_DONTWAIT), -1);
    EXPECT_EQ(errno, EAGAIN);
  });
}

TEST_P(ProbeSocket, TheHeldPortIsNoOtherProgramsButTheNextAgents) {
  where.run([&] {
    const Fd held = hold_probe_port(address, port);
    EXPECT_EQ(bind_error(open_udp(address), address, port), EADDRINUSE);
    EXPECT_NO_THROW(static_cast<void>(hold_probe_port(address, port)));
  });
}

TEST_P(ProbeSocket, APortThatAnotherProgramHasIsRefusedWithTheCure) {
  where.run([&] {
    const Fd other = open_udp(address);
    ASSERT_EQ(bind_error(other, address, port), 0);
    try {
      static_cast<void>(hold_probe_port(address, port));
      ADD_FAILURE() << "it was not refused";
    } catch (const StartupError& refused) {
      EXPECT_NE(std::string(refused.what()).find("4711"), std::string::npos) << refused.what();
      EXPECT_NE(std::string(refused.what()).find("--probe-port"), std::string::npos) << refused.what();
    }
  });
}

}  // namespace
}  // namespace buddyring
