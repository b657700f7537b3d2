// SPDX-License-Identifier: Apache-2.0
#include "agent/probe_sender.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/random.h>

#include <cerrno>

#include "agent/probe_socket.h"
#include "core/result.h"
#include "core/wire.h"

namespace buddyring {
namespace {

constexpr size_t echo_header_bytes = 8;
constexpr size_t echo_checksum_offset = 2;

}  // namespace

ProbeSender::ProbeSender(const Options& options)
    : options_(options),
      socket_(over_udp() ? open_datagram_socket(options.source, options.interface)
                         : open_echo_socket(options.source, options.interface)),
      port_(over_udp() ? hold_probe_port(options.source, options.port) : Fd{}),
      headers_bytes_(over_udp() ? datagram_headers_bytes(options.source.is_v4()) : echo_header_bytes),
      icmp_id_(static_cast<uint16_t>(next_nonce())) {}

std::span<uint8_t> ProbeSender::bytes_of(Packet& packet) const {
  return std::span{packet.bytes}.first(headers_bytes_ + sizeof(buddyring_probe));
}

void ProbeSender::aim(unsigned slot, const Address& target, Identity identity) {
  Packet& packet = packets_.at(slot);
  packet.target = identity;
  packet.target_address = target;
  packet.to = SocketAddress({target, 0});
  packet.part = {.iov_base = packet.bytes.data(), .iov_len = bytes_of(packet).size()};
  packet.message = {};
  packet.message.msg_name = packet.to.get();
  packet.message.msg_namelen = packet.to.size();
  packet.message.msg_iov = &packet.part;
  packet.message.msg_iovlen = 1;
}

void ProbeSender::send(Loop& loop, unsigned slot, uint64_t number, Incarnation incarnation, Loop::Token token) {
  Packet& packet = packets_.at(slot);
  WireWriter writer{bytes_of(packet).subspan(headers_bytes_)};
  writer.number(uint32_t{BUDDYRING_PROBE_MAGIC});
  writer.number(uint8_t{BUDDYRING_PROBE_VERSION});
  writer.number(uint8_t{BUDDYRING_KIND_PROBE});
  writer.number(uint16_t{0});
  writer.number(number);
  writer.number(options_.self);
  writer.number(packet.target);
  writer.number(next_nonce());
  writer.number(uint64_t{0});
  writer.number(incarnation);
  writer.number(uint64_t{0});
  writer.number(uint64_t{0});  // key and seal
  writer.number(uint64_t{0});
  BUDDYRING_ASSERT(writer.ok() && writer.size() == sizeof(buddyring_probe));
  options_.keys.seal(bytes_of(packet).last<sizeof(buddyring_probe)>());
  write_headers(packet, number);
  loop.send_quietly(socket_.get(), packet.message, token);
}

// Once the probe is there, which their checksums cover.
void ProbeSender::write_headers(Packet& packet, uint64_t number) const {
  const auto bytes = bytes_of(packet);
  const bool is_v4 = options_.source.is_v4();
  if (over_udp()) {
    // A buddy of the other family is told of as a bad route; no packet could have both addresses.
    if (packet.target_address.is_v4() == is_v4) {
      write_datagram_headers(bytes, {.source = options_.source,
                                     .destination = packet.target_address,
                                     .source_port = options_.port,
                                     .destination_port = options_.port,
                                     .traffic_class = probe_traffic_class});
    }
    return;
  }
  WireWriter writer{bytes};
  writer.number(is_v4 ? uint8_t{ICMP_ECHO} : uint8_t{ICMP6_ECHO_REQUEST});
  writer.number(uint8_t{0});
  writer.number(uint16_t{0});
  writer.number(icmp_id_);
  writer.number(static_cast<uint16_t>(number));
  if (is_v4) {
    WireWriter{bytes.subspan(echo_checksum_offset)}.number(internet_checksum(bytes));
  }
}

// Once the pool is seeded, nothing waits; a signal may cut it short.
void ProbeSender::fill(std::span<uint64_t> nonces) {
  for (auto rest = std::as_writable_bytes(nonces); !rest.empty();) {
    const ssize_t got = ::getrandom(rest.data(), rest.size(), 0);
    BUDDYRING_ASSERT(got > 0 || errno == EINTR);
    rest = rest.subspan(got > 0 ? static_cast<size_t>(got) : 0);
  }
}

uint64_t ProbeSender::next_nonce() {
  if (nonces_used_ == nonces_.size()) {
    fill(nonces_);
    nonces_used_ = 0;
  }
  return nonces_[nonces_used_++];
}

}  // namespace buddyring
