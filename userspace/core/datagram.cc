// SPDX-License-Identifier: Apache-2.0
#include "core/datagram.h"

#include "core/result.h"
#include "core/wire.h"

namespace buddyring {
namespace {

constexpr size_t ipv4_header_bytes = 20;
constexpr size_t ipv6_header_bytes = 40;
constexpr size_t udp_header_bytes = 8;
constexpr size_t udp_checksum_offset = 6;
constexpr size_t mapped_prefix_bytes = 12;
constexpr uint8_t ipv4_version_and_words = 0x45;
constexpr uint32_t ipv6_version = 6;
constexpr uint16_t dont_fragment = 0x4000;
constexpr uint8_t hops = 64;
constexpr uint8_t protocol_udp = 17;

static_assert(datagram_headers_bytes_max == ipv6_header_bytes + udp_header_bytes);

// As it stands in a header of its family.
std::span<const uint8_t> wire_bytes(const Address& address) {
  const std::span<const uint8_t> bytes{address.bytes()};
  return address.is_v4() ? bytes.subspan(mapped_prefix_bytes) : bytes;
}

uint64_t sum_of(std::span<const uint8_t> bytes) {
  uint64_t sum = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? uint64_t{bytes[i]} << 8U : bytes[i];
  }
  return sum;
}

void write_ipv4_header(std::span<uint8_t> packet, const DatagramWay& way) {
  WireWriter writer{packet};
  writer.number(ipv4_version_and_words);
  writer.number(way.traffic_class);
  writer.number(static_cast<uint16_t>(packet.size()));
  writer.number(uint16_t{0});  // the identification and, below, the checksum are the kernel's to fill in
  writer.number(dont_fragment);
  writer.number(hops);
  writer.number(protocol_udp);
  writer.number(uint16_t{0});
  writer.bytes(wire_bytes(way.source));
  writer.bytes(wire_bytes(way.destination));
}

void write_ipv6_header(std::span<uint8_t> packet, const DatagramWay& way) {
  WireWriter writer{packet};
  writer.number(ipv6_version << 28U | uint32_t{way.traffic_class} << 20U);
  writer.number(static_cast<uint16_t>(packet.size() - ipv6_header_bytes));
  writer.number(protocol_udp);
  writer.number(hops);
  writer.bytes(wire_bytes(way.source));
  writer.bytes(wire_bytes(way.destination));
}

}  // namespace

size_t datagram_headers_bytes(bool is_v4) { return (is_v4 ? ipv4_header_bytes : ipv6_header_bytes) + udp_header_bytes; }

void write_datagram_headers(std::span<uint8_t> packet, const DatagramWay& way) {
  const bool is_v4 = way.source.is_v4();
  BUDDYRING_ASSERT(is_v4 == way.destination.is_v4() && packet.size() >= datagram_headers_bytes(is_v4) &&
                   packet.size() <= UINT16_MAX);
  if (is_v4) {
    write_ipv4_header(packet, way);
  } else {
    write_ipv6_header(packet, way);
  }
  const auto datagram = packet.subspan(is_v4 ? ipv4_header_bytes : ipv6_header_bytes);
  WireWriter writer{datagram};
  writer.number(way.source_port);
  writer.number(way.destination_port);
  writer.number(static_cast<uint16_t>(datagram.size()));
  writer.number(uint16_t{0});
  const uint64_t pseudo_header =
      sum_of(wire_bytes(way.source)) + sum_of(wire_bytes(way.destination)) + protocol_udp + datagram.size();
  const uint16_t checksum = internet_checksum(datagram, pseudo_header);
  // RFC 768: 0 would say that there is none; all ones are the other form of it.
  WireWriter{datagram.subspan(udp_checksum_offset)}.number(checksum == 0 ? uint16_t{UINT16_MAX} : checksum);
}

uint16_t internet_checksum(std::span<const uint8_t> bytes, uint64_t sum) {
  sum += sum_of(bytes);
  while (sum > UINT16_MAX) {
    sum = (sum & UINT16_MAX) + (sum >> 16U);
  }
  return static_cast<uint16_t>(~sum);
}

}  // namespace buddyring
