// SPDX-License-Identifier: Apache-2.0
// Packet: frames for the fixtures, byte by byte, of either family.
//
// Theory of operation. Everything is written at the offsets of docs/protocol.md
// and of the RFCs, with a checksum of its own, and nothing of bpf/ is included:
// a mistake in the programs' headers cannot repeat itself here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace buddyring {

using Bytes = std::vector<uint8_t>;
using Mac = std::array<uint8_t, 6>;
using Ipv6 = std::array<uint8_t, 16>;

enum class Family { ipv4, ipv6 };
[[nodiscard]] std::string name_of(Family family);

// Whoever sends and receives: with an address of each family. Numbers are in host order, as all here.
struct Party {
  uint32_t ipv4 = 0;
  Ipv6 ipv6{};
};

inline constexpr Mac our_mac{0x02, 0, 0, 0, 0, 0x01};
inline constexpr Mac peer_mac{0x02, 0, 0, 0, 0, 0x02};
inline constexpr Party us{0x0A090001, {0xFD, 0x09, 0, 0, 0, 0, 0xBD, 0x42, 0, 0, 0, 0, 0, 0, 0, 1}};
inline constexpr Party the_peer{0x0A090002, {0xFD, 0x09, 0, 0, 0, 0, 0xBD, 0x42, 0, 0, 0, 0, 0, 0, 0, 2}};
inline constexpr Party a_stranger{0x0A090003, {0xFD, 0x09, 0, 0, 0, 0, 0xBD, 0x42, 0, 0, 0, 0, 0, 0, 0, 3}};
inline constexpr uint16_t probe_port = 7946;
inline constexpr uint64_t our_identity = 0x1111'2222'3333'4444;
inline constexpr uint64_t peer_identity = 0x5555'6666'7777'8888;

// ::ffff:a.b.c.d
[[nodiscard]] Ipv6 mapped(uint32_t ipv4);
// As the maps hold it.
[[nodiscard]] Ipv6 address_of(const Party& party, Family family);

// The fields of docs/protocol.md.
struct Probe {
  uint32_t magic = 0x42445259;
  uint8_t version = 2;
  uint8_t kind = 1;
  uint16_t flags = 0;
  uint64_t number = 1;
  uint64_t sender = peer_identity;
  uint64_t target = our_identity;
  uint64_t nonce = 0xABCD'EF01'2345'6789;
  uint64_t answerer = 0;
  uint64_t incarnation = 0;
  uint64_t epoch = 0;
  uint8_t key = 0;
  std::array<uint8_t, 7> reserved{};
  std::array<uint8_t, 8> seal{};

  [[nodiscard]] Bytes bytes() const;
};

// The Internet checksum, over bytes, of what is in network order.
[[nodiscard]] uint16_t internet_checksum(const uint8_t* first, size_t count);

class Packet {
 public:
  // From the peer to us, 17 hops left, with 8 bytes of data.
  [[nodiscard]] static Packet request(Family family = Family::ipv4);
  [[nodiscard]] static Packet reply(Family family = Family::ipv4);

  Packet& from(const Party& party, const Mac& mac);
  Packet& to(const Party& party, const Mac& mac);
  Packet& hops(uint8_t left);
  Packet& traffic_class(uint8_t dscp_and_ecn);
  Packet& label(uint32_t number);  // IPv6: of the flow, 20 bits; IPv4: the identification, 16
  Packet& id(uint16_t identifier, uint16_t sequence);
  Packet& data(Bytes bytes);
  Packet& probe(const Probe& probe);
  // One more VLAN tag, within those before. 0x8100: 802.1Q, 0x88A8: 802.1ad.
  Packet& vlan(uint16_t control, uint16_t type = 0x8100);
  // What makes a frame unusual.
  Packet& ether_type(uint16_t type);
  Packet& version(uint8_t number);
  Packet& options(size_t words);      // IPv4
  Packet& fragment(uint16_t field);   // IPv4: flags and offset
  Packet& extension(uint8_t header);  // IPv6: one of 8 bytes, before ICMPv6
  Packet& protocol(uint8_t number);   // IPv6: the next header
  Packet& icmp(uint8_t type, uint8_t code);
  // The same data over UDP in place of ICMP.
  Packet& udp(uint16_t source_port = probe_port, uint16_t destination_port = probe_port);
  Packet& udp_length(int difference);
  Packet& length(int difference);  // IPv4: of the total length; IPv6: of the payload's
  Packet& spoil_ip_checksum();
  Packet& spoil_checksum();  // of the message
  Packet& checksum(uint16_t whatever);
  Packet& pad_to(size_t frame_bytes);
  Packet& cut_to(size_t frame_bytes);

  [[nodiscard]] Bytes frame() const;
  // Where in the frame the IP header begins, and where the message does (behind no options).
  [[nodiscard]] size_t ip_offset() const;
  [[nodiscard]] size_t message_offset() const;
  // The folded sum of the message, checksum and pseudo-header included, as long as it is: 0xFFFF when it is right.
  [[nodiscard]] uint16_t message_sum(const Bytes& frame) const;

 private:
  explicit Packet(Family family) : family_(family) {}
  [[nodiscard]] uint8_t protocol_of_message() const { return ports_ ? 17 : family_ == Family::ipv4 ? 1 : 58; }
  [[nodiscard]] Bytes pseudo_header(size_t message_bytes) const;
  [[nodiscard]] Bytes message_header() const;
  [[nodiscard]] Bytes message() const;
  [[nodiscard]] Bytes ipv4_header(size_t message_bytes) const;
  [[nodiscard]] Bytes ipv6_header(size_t message_bytes) const;

  Family family_;
  Party source_ = the_peer;
  Party destination_ = us;
  Mac source_mac_ = peer_mac;
  Mac destination_mac_ = our_mac;
  uint8_t hops_ = 17;
  uint8_t traffic_class_ = 0;
  uint32_t label_ = 0x1234;
  std::vector<std::pair<uint16_t, uint16_t>> tags_;  // type and control
  std::optional<uint16_t> ether_type_;
  std::optional<uint8_t> version_;
  size_t option_words_ = 0;
  uint16_t fragment_ = 0x4000;  // don't fragment
  std::optional<uint8_t> extension_;
  std::optional<uint8_t> protocol_;
  uint8_t type_ = 0;
  uint8_t code_ = 0;
  uint16_t identifier_ = 0x77;
  uint16_t sequence_ = 1;
  std::optional<std::pair<uint16_t, uint16_t>> ports_;  // of UDP: source and destination
  int udp_length_difference_ = 0;
  int length_difference_ = 0;
  bool spoilt_ip_ = false;
  bool spoilt_message_ = false;
  std::optional<uint16_t> checksum_;
  size_t pad_to_ = 0;
  size_t cut_to_ = 0;
  Bytes data_{1, 2, 3, 4, 5, 6, 7, 8};
};

}  // namespace buddyring
