// SPDX-License-Identifier: Apache-2.0
#include "agent/probe_sender.h"

#include <linux/filter.h>
#include <linux/pkt_sched.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/random.h>

#include <cerrno>
#include <cstring>

#include "core/result.h"
#include "core/wire.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

// Network control: what a congested host or switch drops last.
constexpr int tos_network_control = 0xc0;
constexpr int send_buffer_bytes = 1 << 20;

void set_option(int fd, int level, int name, const void* value, socklen_t size, const char* what) {
  if (::setsockopt(fd, level, name, value, size) != 0) {
    throw StartupError(std::string("probe socket: cannot set ") + what + ": " + std::strerror(errno));
  }
}

Fd open_socket(const Address& source, const std::string& interface) {
  const SocketAddress from({source, 0});
  const int protocol = source.is_v4() ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  Fd socket{::socket(from.family(), SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol)};
  if (!socket.valid()) {
    throw StartupError(std::string("cannot open a raw ICMP socket: ") + std::strerror(errno) +
                       (errno == EPERM ? "; CAP_NET_RAW is needed: run as root" : ""));
  }
  sock_filter accept_nothing{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0};
  const sock_fprog filter{.len = 1, .filter = &accept_nothing};
  set_option(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter), "a filter");
  // Probes that wait for a dead neighbour must not use up the room of the others.
  set_option(socket.get(), SOL_SOCKET, SO_SNDBUFFORCE, &send_buffer_bytes, sizeof(send_buffer_bytes), "its buffer");
  const int priority = TC_PRIO_CONTROL;
  set_option(socket.get(), SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority), "the priority");
  if (source.is_v4()) {
    set_option(socket.get(), IPPROTO_IP, IP_TOS, &tos_network_control, sizeof(tos_network_control), "the TOS");
  } else {
    icmp6_filter block_all{};
    ICMP6_FILTER_SETBLOCKALL(&block_all);
    // By type and before the kernel makes a copy, which the filter above is too late for.
    set_option(socket.get(), IPPROTO_ICMPV6, ICMP6_FILTER, &block_all, sizeof(block_all), "a filter of types");
    set_option(socket.get(), IPPROTO_IPV6, IPV6_TCLASS, &tos_network_control, sizeof(tos_network_control),
               "the traffic class");
  }
  set_option(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(), static_cast<socklen_t>(interface.size()),
             "its interface");
  if (::bind(socket.get(), from.get(), from.size()) != 0) {
    throw StartupError("cannot send probes from " + source.text() + ": " + std::strerror(errno));
  }
  return socket;
}

// RFC 1071, over an even number of bytes.
uint16_t internet_checksum(std::span<const uint8_t> bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    sum += static_cast<uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  }
  while (sum > 0xffff) {
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<uint16_t>(~sum);
}

}  // namespace

ProbeSender::ProbeSender(const Address& source, const std::string& interface, Identity self)
    : socket_(open_socket(source, interface)),
      self_(self),
      is_v4_(source.is_v4()),
      icmp_id_(static_cast<uint16_t>(next_nonce())) {}

void ProbeSender::aim(unsigned slot, const Address& target, Identity identity) {
  Packet& packet = packets_.at(slot);
  packet.target = identity;
  packet.to = SocketAddress({target, 0});
  packet.part = {.iov_base = packet.bytes.data(), .iov_len = packet.bytes.size()};
  packet.message = {};
  packet.message.msg_name = packet.to.get();
  packet.message.msg_namelen = packet.to.size();
  packet.message.msg_iov = &packet.part;
  packet.message.msg_iovlen = 1;
}

void ProbeSender::send(Loop& loop, unsigned slot, uint64_t number, Incarnation incarnation, Loop::Token token) {
  Packet& packet = packets_.at(slot);
  WireWriter writer{packet.bytes};
  writer.number(is_v4_ ? uint8_t{ICMP_ECHO} : uint8_t{ICMP6_ECHO_REQUEST});
  writer.number(uint8_t{0});
  writer.number(uint16_t{0});
  writer.number(icmp_id_);
  writer.number(static_cast<uint16_t>(number));
  writer.number(uint32_t{BUDDYRING_PROBE_MAGIC});
  writer.number(uint8_t{BUDDYRING_PROBE_VERSION});
  writer.number(uint8_t{BUDDYRING_KIND_PROBE});
  writer.number(uint16_t{0});
  writer.number(number);
  writer.number(self_);
  writer.number(packet.target);
  writer.number(next_nonce());
  writer.number(uint64_t{0});
  writer.number(incarnation);
  writer.number(uint64_t{0});
  writer.number(uint64_t{0});  // no key
  writer.number(uint64_t{0});
  BUDDYRING_ASSERT(writer.ok() && writer.size() == packet.bytes.size());
  if (is_v4_) {
    WireWriter checksum{std::span{packet.bytes}.subspan(2)};
    checksum.number(internet_checksum(packet.bytes));
  }
  loop.send_quietly(socket_.get(), packet.message, token);
}

uint64_t ProbeSender::next_nonce() {
  if (nonces_used_ == nonces_.size()) {
    // Up to 256 bytes come whole and without waiting once the pool is seeded.
    BUDDYRING_ASSERT(::getrandom(nonces_.data(), sizeof(nonces_), 0) == sizeof(nonces_));
    nonces_used_ = 0;
  }
  return nonces_[nonces_used_++];
}

}  // namespace buddyring
