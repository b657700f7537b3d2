// SPDX-License-Identifier: Apache-2.0
#include "ctl/ping_packet.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include <algorithm>

#include "core/limits.h"
#include "core/result.h"

namespace buddyring {
namespace {

constexpr size_t number_offset = PingPacket::header_bytes + sizeof(PingNonce);
constexpr size_t identifier_offset = 4;
constexpr size_t sequence_offset = 6;
constexpr size_t checksum_offset = 2;
constexpr size_t byte_bits = 8;

template <class Number>
void put_big_endian(std::span<uint8_t> into, size_t offset, Number number) {
  for (size_t i = 0; i < sizeof number; ++i) {
    into[offset + i] = static_cast<uint8_t>(number >> (byte_bits * (sizeof number - 1 - i)));
  }
}

// RFC 1071, over a whole number of 16-bit words and perhaps a byte.
uint16_t internet_checksum(std::span<const uint8_t> bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? static_cast<uint32_t>(bytes[i]) << byte_bits : bytes[i];
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<uint16_t>(~sum);
}

}  // namespace

PingPacket::PingPacket(bool is_v6, uint16_t identifier, PingNonce nonce, size_t data_bytes)
    : is_v6_(is_v6), nonce_(nonce), bytes_(header_bytes + data_bytes) {
  BUDDYRING_ASSERT(data_bytes >= limits::ping_data_bytes_min);
  for (size_t i = header_bytes; i < bytes_.size(); ++i) {
    bytes_[i] = static_cast<uint8_t>(i);
  }
  std::copy(nonce_.begin(), nonce_.end(), bytes_.begin() + header_bytes);
  bytes_[0] = is_v6_ ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
  put_big_endian<uint16_t>(bytes_, identifier_offset, identifier);
}

std::span<const uint8_t> PingPacket::request(uint64_t number) {
  put_big_endian<uint64_t>(bytes_, number_offset, number);
  put_big_endian<uint16_t>(bytes_, sequence_offset, static_cast<uint16_t>(number));
  if (!is_v6_) {
    put_big_endian<uint16_t>(bytes_, checksum_offset, 0);
    put_big_endian<uint16_t>(bytes_, checksum_offset, internet_checksum(bytes_));
  }
  return bytes_;
}

std::optional<uint64_t> PingPacket::find_number(std::span<const uint8_t> packet) const {
  const auto found = std::search(packet.begin(), packet.end(), nonce_.begin(), nonce_.end());
  if (static_cast<size_t>(packet.end() - found) < nonce_.size() + sizeof(uint64_t)) {
    return std::nullopt;
  }
  uint64_t number = 0;
  for (size_t i = 0; i < sizeof number; ++i) {
    number = number << byte_bits | found[static_cast<std::ptrdiff_t>(nonce_.size() + i)];
  }
  return number;
}

bool PingPacket::is_whole_reply(std::span<const uint8_t> message, uint64_t number) {
  const auto expected = request(number);
  const uint8_t reply_type = is_v6_ ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
  return message.size() == expected.size() && message[0] == reply_type && message[1] == 0 &&
         std::equal(message.begin() + header_bytes, message.end(), expected.begin() + header_bytes);
}

}  // namespace buddyring
