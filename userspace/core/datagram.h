// SPDX-License-Identifier: Apache-2.0
// Datagram: the headers of a UDP datagram that is sent as a whole IP packet.
//
// Theory of operation. A socket of UDP leaves the checksum to the card, and where
// there is none, as between network namespaces, nobody ever computes it: a program
// that sees the frame before the stack finds it wrong. Whoever is to be understood
// there writes it himself, and with it, because a raw socket takes no half of it,
// the IP header. Its checksum, and under IPv4 the identification, the kernel fills
// in. Pure: bytes in, bytes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/address.h"

namespace buddyring {

// The bytes of both headers of the family.
[[nodiscard]] size_t datagram_headers_bytes(bool is_v4);
inline constexpr size_t datagram_headers_bytes_max = 48;

struct DatagramWay {
  Address source;
  Address destination;  // of the same family
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  uint8_t traffic_class = 0;  // TOS under IPv4
};

// Writes both headers in front of the data, which is the rest of `packet`.
// REQUIRES packet.size() >= datagram_headers_bytes(...), and below 65536.
void write_datagram_headers(std::span<uint8_t> packet, const DatagramWay& way);

// RFC 1071: the checksum of `bytes`, an odd last one padded with zero, and of what
// sums up to `sum` beside them.
[[nodiscard]] uint16_t internet_checksum(std::span<const uint8_t> bytes, uint64_t sum = 0);

}  // namespace buddyring
