// SPDX-License-Identifier: Apache-2.0
// Draft: an echo message or a datagram field by field, to be spoilt in any of them, and the
// frame that it becomes. Lengths and checksums follow from the rest; what is said
// here of them is the difference from the right ones.
#pragma once

#include <array>
#include <cstdint>

#include "tests/differential/frame.h"

namespace buddyring::differential {

struct Tag {
  uint16_t type = type_c_tag;
  uint16_t control = 0;  // priority and VLAN
};

// The fields of docs/protocol.md.
struct ProbeFields {
  uint32_t magic = 0x42445259;
  uint8_t version = 2;
  uint8_t kind = 1;
  uint16_t flags = 0;
  uint64_t number = 1;
  uint64_t sender = 0;
  uint64_t target = 0;
  uint64_t nonce = 0;
  uint64_t answerer = 0;
  uint64_t incarnation = 0;
  uint64_t epoch = 0;
  uint8_t key = 0;
  std::array<uint8_t, 7> reserved{};
  std::array<uint8_t, 8> seal{};

  // 80 bytes, to `data`.
  void write(Bytes& data) const;
};

struct Draft {
  Mac to{};
  Mac from{};
  unsigned tags = 0;
  std::array<Tag, 3> tag{};
  bool is_v6 = false;  // of the IP header that is written, whatever the EtherType says
  uint16_t ether_type = type_ipv4;
  uint8_t version = 4;
  // IPv4 alone.
  uint8_t header_words = 5;  // what the header says; options are written when it is more
  uint16_t identification = 0;
  uint16_t fragment = 0;  // flags and offset
  uint16_t ip_checksum_difference = 0;
  // IPv6 alone.
  uint32_t flow_label = 0;
  int extension = -1;  // the number of an extension header before the message
  // Both.
  uint8_t traffic_class = 0;
  uint8_t hops = 64;
  uint8_t protocol = protocol_icmp;
  int length_difference = 0;
  Ip source{};
  Ip destination{};
  // The message: of UDP where that is the protocol, else an echo's.
  uint8_t type = 8;
  uint8_t code = 0;
  uint16_t identifier = 0;
  uint16_t sequence = 0;
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  int datagram_length_difference = 0;
  bool without_checksum = false;  // UDP
  uint16_t checksum_difference = 0;
  Bytes data;
  // The frame.
  size_t padding_bytes = 0;
  size_t cut_bytes = 0;  // off its end

  // `frame` is overwritten.
  void write(Bytes& frame) const;

 private:
  void write_ipv4(Bytes& frame, size_t message_bytes) const;
  void write_ipv6(Bytes& frame, size_t message_bytes) const;
  void write_message(Bytes& frame) const;
};

// Makes the checksums of what is still recognisable as IP right, as a forger would.
void mend_ipv4_checksum(Bytes& frame);
void mend_message_checksum(Bytes& frame);

}  // namespace buddyring::differential
