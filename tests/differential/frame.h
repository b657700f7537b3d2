// SPDX-License-Identifier: Apache-2.0
// Frames as bytes: numbers in network order, addresses, and the Internet checksum.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace buddyring::differential {

using Bytes = std::vector<uint8_t>;
using Mac = std::array<uint8_t, 6>;
// An IP address as core::Address holds it: IPv4 in its mapped form.
using Ip = std::array<uint8_t, 16>;

inline constexpr size_t ethernet_header_bytes = 14;
inline constexpr size_t tag_bytes = 4;
inline constexpr size_t ipv4_header_bytes = 20;
inline constexpr size_t ipv6_header_bytes = 40;
inline constexpr size_t icmp_header_bytes = 8;
inline constexpr size_t udp_header_bytes = 8;
inline constexpr uint16_t type_ipv4 = 0x0800;
inline constexpr uint16_t type_ipv6 = 0x86DD;
inline constexpr uint16_t type_c_tag = 0x8100;  // 802.1Q
inline constexpr uint16_t type_s_tag = 0x88A8;  // 802.1ad
inline constexpr uint8_t protocol_icmp = 1;
inline constexpr uint8_t protocol_udp = 17;
inline constexpr uint8_t protocol_icmpv6 = 58;
inline constexpr Ip mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0};
inline constexpr size_t ipv4_in_ip = 12;  // offset of the four bytes in the mapped form

template <class Number>
[[nodiscard]] Number get(const uint8_t* at) {
  Number number = 0;
  for (size_t i = 0; i < sizeof(Number); ++i) {
    number = static_cast<Number>(uint64_t{number} << 8U | at[i]);
  }
  return number;
}

template <class Number>
void put(uint8_t* at, Number number) {
  for (size_t i = 0; i < sizeof(Number); ++i) {
    at[i] = static_cast<uint8_t>(uint64_t{number} >> (8 * (sizeof(Number) - 1 - i)));
  }
}

[[nodiscard]] inline Ip mapped(const uint8_t* four_bytes) {
  Ip address = mapped_prefix;
  for (size_t i = 0; i < 4; ++i) {
    address[ipv4_in_ip + i] = four_bytes[i];
  }
  return address;
}

[[nodiscard]] inline bool is_mapped(const Ip& address) {
  for (size_t i = 0; i < ipv4_in_ip; ++i) {
    if (address[i] != mapped_prefix[i]) {
      return false;
    }
  }
  return true;
}

// The sum of RFC 1071, not yet folded: 16-bit words, an odd last byte padded with zero.
[[nodiscard]] uint64_t word_sum(const uint8_t* first, size_t count);
// A sum folded to 16 bits with end-around carry: 0 only when every word is 0.
[[nodiscard]] uint16_t fold(uint64_t sum);
// What of a checksum is not in the message: the pseudo-header of RFC 8200, 8.1 (ICMPv6: RFC 4443, 2.3; UDP), and of
// RFC 768 (UDP over IPv4). Each address has `address_bytes`.
[[nodiscard]] uint64_t pseudo_header_sum(const uint8_t* source, const uint8_t* destination, size_t address_bytes,
                                         uint8_t protocol, size_t message_bytes);

// Lines of 16 bytes with their offsets.
[[nodiscard]] std::string hexdump(const Bytes& bytes);

}  // namespace buddyring::differential
