// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/forger.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

#include "core/wire.h"
#include "tests/lab/sandbox.h"

namespace buddyring::lab {
namespace {

constexpr size_t echo_header_bytes = 8;
constexpr size_t message_bytes = echo_header_bytes + sizeof(buddyring_probe);
constexpr size_t received_bytes_max = 2048;
constexpr int stop_poll_ms = 20;

Fd open_socket(Host& host, Family family) {
  return host.run([family] {
    const bool is_v4 = family == Family::ipv4;
    write_file(is_v4 ? "/proc/sys/net/ipv4/icmp_echo_ignore_all" : "/proc/sys/net/ipv6/icmp/echo_ignore_all", "1");
    Fd socket{
        ::socket(is_v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC, is_v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6})};
    if (!socket.valid()) {
      throw std::system_error(errno, std::generic_category(), "open a raw socket");
    }
    return socket;
  });
}

uint16_t checksum(std::span<const uint8_t> message) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < message.size(); i += 2) {
    sum += static_cast<uint32_t>(message[i] << 8 | message[i + 1]);
  }
  while (sum > 0xffff) {
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<uint16_t>(~sum);
}

template <class Number>
void put(Forger::Probe probe, size_t offset, Number number) {
  WireWriter writer{probe.subspan(offset)};
  writer.number(number);
}

}  // namespace

Forger::Forger(Host& host, Family family, const Role& role, std::function<void(Probe)> seal)
    : family_(family),
      role_(role),
      seal_(std::move(seal)),
      socket_(open_socket(host, family)),
      thread_([this](const std::stop_token& stop) { answer(stop); }) {}

void Forger::forge(Probe probe) const {
  probe[offsetof(buddyring_probe, kind)] = BUDDYRING_KIND_ANSWER;
  put(probe, offsetof(buddyring_probe, flags),
      uint16_t{BUDDYRING_ANSWER_LEASE_FRESH | BUDDYRING_ANSWER_MEMBER | BUDDYRING_ANSWER_ASKER_IS_BUDDY});
  put(probe, offsetof(buddyring_probe, answerer), role_.identity);
  put(probe, offsetof(buddyring_probe, incarnation), role_.incarnation);
  put(probe, offsetof(buddyring_probe, epoch), role_.epoch);
  seal_(probe);
}

void Forger::answer(const std::stop_token& stop) {
  const bool is_v4 = family_ == Family::ipv4;
  while (!stop.stop_requested()) {
    pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, stop_poll_ms) <= 0) {
      continue;
    }
    std::array<uint8_t, received_bytes_max> packet{};
    sockaddr_storage asker{};
    socklen_t asker_bytes = sizeof(asker);
    const ssize_t bytes =
        ::recvfrom(socket_.get(), packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&asker), &asker_bytes);
    // Of IPv4 a raw socket gets the header, too.
    const size_t header_bytes = is_v4 ? size_t{packet[0] & 0x0FU} * 4 : 0;
    if (bytes < 0 || static_cast<size_t>(bytes) != header_bytes + message_bytes) {
      continue;
    }
    const std::span<uint8_t> message = std::span{packet}.subspan(header_bytes, message_bytes);
    if (message[0] != (is_v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST)) {
      continue;
    }
    message[0] = is_v4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;
    forge(message.last<sizeof(buddyring_probe)>());
    WireWriter check{message.subspan(2)};
    check.number(uint16_t{0});
    if (is_v4) {  // that of ICMPv6 is the kernel's to compute
      WireWriter right{message.subspan(2)};
      right.number(checksum(message));
    }
    static_cast<void>(::sendto(socket_.get(), message.data(), message.size(), 0,
                               reinterpret_cast<const sockaddr*>(&asker), asker_bytes));
  }
}

}  // namespace buddyring::lab
