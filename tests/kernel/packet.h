// SPDX-License-Identifier: Apache-2.0
// Packet: frames for the fixtures, byte by byte.
//
// Theory of operation. Everything is written at the offsets of docs/protocol.md
// and of the RFCs, with a checksum of its own, and nothing of bpf/ is included:
// a mistake in the programs' headers cannot repeat itself here.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace buddyring {

using Bytes = std::vector<uint8_t>;
using Mac = std::array<uint8_t, 6>;

inline constexpr Mac our_mac{0x02, 0, 0, 0, 0, 0x01};
inline constexpr Mac peer_mac{0x02, 0, 0, 0, 0, 0x02};
inline constexpr uint32_t our_address = 0x0A090001;  // 10.9.0.1, host order, as all here
inline constexpr uint32_t peer_address = 0x0A090002;
inline constexpr uint32_t stranger_address = 0x0A090003;
inline constexpr uint64_t our_identity = 0x1111'2222'3333'4444;
inline constexpr uint64_t peer_identity = 0x5555'6666'7777'8888;

// The fields of docs/protocol.md.
struct Probe {
  uint32_t magic = 0x42445259;
  uint8_t version = 1;
  uint8_t kind = 1;
  uint16_t flags = 0;
  uint64_t number = 1;
  uint64_t sender = peer_identity;
  uint64_t target = our_identity;
  uint64_t nonce = 0xABCD'EF01'2345'6789;
  uint64_t answerer = 0;
  uint64_t incarnation = 0;
  uint64_t epoch = 0;

  [[nodiscard]] Bytes bytes() const;
};

// The Internet checksum, over bytes, of what is in network order.
[[nodiscard]] uint16_t internet_checksum(const uint8_t* first, size_t count);

class Packet {
 public:
  // From the peer to us, TTL 17, with 8 bytes of data.
  [[nodiscard]] static Packet request();
  [[nodiscard]] static Packet reply();

  Packet& from(uint32_t address, const Mac& mac);
  Packet& to(uint32_t address, const Mac& mac);
  Packet& ttl(uint8_t hops);
  Packet& id(uint16_t identifier, uint16_t sequence);
  Packet& data(Bytes bytes);
  Packet& probe(const Probe& probe);
  // What makes a frame unusual.
  Packet& ether_type(uint16_t type);
  Packet& vlan(uint16_t tag);
  Packet& version(uint8_t number);
  Packet& options(size_t words);
  Packet& fragment(uint16_t field);  // flags and offset
  Packet& protocol(uint8_t number);
  Packet& icmp(uint8_t type, uint8_t code);
  Packet& total_length(int difference);
  Packet& spoil_ip_checksum();
  Packet& spoil_icmp_checksum();
  Packet& pad_to(size_t frame_bytes);
  Packet& cut_to(size_t frame_bytes);

  [[nodiscard]] Bytes frame() const;

 private:
  [[nodiscard]] Bytes icmp_bytes() const;

  uint32_t source_ = peer_address;
  uint32_t destination_ = our_address;
  Mac source_mac_ = peer_mac;
  Mac destination_mac_ = our_mac;
  uint8_t ttl_ = 17;
  uint8_t version_ = 4;
  size_t option_words_ = 0;
  uint16_t fragment_ = 0x4000;  // don't fragment
  uint8_t protocol_ = 1;
  uint8_t type_ = 8;
  uint8_t code_ = 0;
  uint16_t identifier_ = 0x77;
  uint16_t sequence_ = 1;
  uint16_t ether_type_ = 0x0800;
  uint16_t vlan_ = 0;
  int length_difference_ = 0;
  bool spoilt_ip_ = false;
  bool spoilt_icmp_ = false;
  size_t pad_to_ = 0;
  size_t cut_to_ = 0;
  Bytes data_{1, 2, 3, 4, 5, 6, 7, 8};
};

}  // namespace buddyring
