// SPDX-License-Identifier: Apache-2.0
// PingPacket: the echo request that `buddyctl ping` sends, and how its number
// is found in whatever comes back.
//
// Theory of operation. The data of a request begins with a nonce of eight
// bytes, drawn for this run, and the request's number in eight; a pattern
// follows. By them a reply is known, not by the identifier, which a datagram
// socket rewrites, nor by the 16 bits of the sequence, which wrap. Stamps and errors come
// with a copy of the request behind link and IP headers of any length, so
// the nonce is looked for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace buddyring {

using PingNonce = std::array<uint8_t, 8>;

class PingPacket {
 public:
  static constexpr size_t header_bytes = 8;  // ICMP's, before the data

  // `data_bytes` as limits::ping_data_bytes_min demands.
  PingPacket(bool is_v6, uint16_t identifier, PingNonce nonce, size_t data_bytes);

  // The request of this number; the ICMPv6 checksum is the kernel's to fill in.
  [[nodiscard]] std::span<const uint8_t> request(uint64_t number);

  // The number behind our nonce, if that is in there.
  [[nodiscard]] std::optional<uint64_t> find_number(std::span<const uint8_t> packet) const;
  // The ICMP message is the reply to that request, to the last byte.
  [[nodiscard]] bool is_whole_reply(std::span<const uint8_t> message, uint64_t number);

 private:
  bool is_v6_;
  PingNonce nonce_;
  std::vector<uint8_t> bytes_;
};

}  // namespace buddyring
