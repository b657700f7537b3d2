// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/draft.h"

#include <algorithm>

namespace buddyring::differential {
namespace {

constexpr size_t extension_bytes = 8;
constexpr uint8_t no_operation = 1;  // the IPv4 option
constexpr uint8_t padding_byte = 0xEE;

template <class Number>
void append(Bytes& bytes, Number number) {
  bytes.resize(bytes.size() + sizeof(Number));
  put<Number>(bytes.data() + bytes.size() - sizeof(Number), number);
}

template <class Range>
void append_all(Bytes& bytes, const Range& range) {
  bytes.insert(bytes.end(), range.begin(), range.end());
}

// Where the IP header of a frame with up to two tags begins, or the frame's size.
size_t ip_of(const Bytes& frame) {
  size_t at = ethernet_header_bytes;
  while (at <= frame.size() && at <= ethernet_header_bytes + 2 * tag_bytes) {
    const auto type = get<uint16_t>(frame.data() + at - 2);
    if (type != type_c_tag && type != type_s_tag) {
      return std::min(at, frame.size());
    }
    at += tag_bytes;
  }
  return frame.size();
}

// The folded sum of all that the checksum of a message covers.
uint16_t message_sum(const uint8_t* message, size_t bytes, bool is_v6, const uint8_t* source,
                     const uint8_t* destination, bool is_udp) {
  const uint8_t protocol = is_udp ? protocol_udp : protocol_icmpv6;
  const size_t address_bytes = is_v6 ? sizeof(Ip) : sizeof(Ip) - ipv4_in_ip;
  const uint64_t outside = is_v6 || is_udp ? pseudo_header_sum(source, destination, address_bytes, protocol, bytes) : 0;
  return fold(word_sum(message, bytes) + outside);
}

// Over UDP 0 would say that there is none.
void put_message_checksum(uint8_t* message, bool is_udp, uint16_t checksum) {
  put<uint16_t>(message + (is_udp ? 6 : 2), is_udp && checksum == 0 ? uint16_t{0xFFFF} : checksum);
}

}  // namespace

void ProbeFields::write(Bytes& data) const {
  data.clear();
  append(data, magic);
  append(data, version);
  append(data, kind);
  append(data, flags);
  for (const uint64_t field : {number, sender, target, nonce, answerer, incarnation, epoch}) {
    append(data, field);
  }
  append(data, key);
  append_all(data, reserved);
  append_all(data, seal);
}

void Draft::write(Bytes& frame) const {
  const size_t message_bytes = icmp_header_bytes + data.size() + (extension < 0 ? 0 : extension_bytes);
  frame.clear();
  append_all(frame, to);
  append_all(frame, from);
  for (unsigned i = 0; i < tags; ++i) {
    append(frame, tag[i].type);
    append(frame, tag[i].control);
  }
  append(frame, ether_type);
  if (is_v6) {
    write_ipv6(frame, message_bytes);
  } else {
    write_ipv4(frame, message_bytes);
  }
  write_message(frame);
  frame.insert(frame.end(), padding_bytes, padding_byte);
  frame.resize(std::max(ethernet_header_bytes, frame.size() - std::min(frame.size(), cut_bytes)));
}

void Draft::write_ipv4(Bytes& frame, size_t message_bytes) const {
  const size_t start = frame.size();
  const size_t header_bytes = std::max<size_t>(header_words, 5) * 4;
  append(frame, static_cast<uint8_t>(version * 16 + (header_words & 0x0FU)));
  append(frame, traffic_class);
  append(frame, static_cast<uint16_t>(static_cast<int>(header_bytes + message_bytes) + length_difference));
  append(frame, identification);
  append(frame, fragment);
  append(frame, hops);
  append(frame, protocol);
  append(frame, uint16_t{0});
  frame.insert(frame.end(), source.begin() + ipv4_in_ip, source.end());
  frame.insert(frame.end(), destination.begin() + ipv4_in_ip, destination.end());
  frame.insert(frame.end(), header_bytes - ipv4_header_bytes, no_operation);
  uint8_t* ip = frame.data() + start;
  put<uint16_t>(ip + 10, static_cast<uint16_t>(~fold(word_sum(ip, header_bytes)) ^ ip_checksum_difference));
}

void Draft::write_ipv6(Bytes& frame, size_t message_bytes) const {
  append(frame, uint32_t{version} << 28U | uint32_t{traffic_class} << 20U | (flow_label & 0xFFFFFU));
  append(frame, static_cast<uint16_t>(static_cast<int>(message_bytes) + length_difference));
  append(frame, extension < 0 ? protocol : static_cast<uint8_t>(extension));
  append(frame, hops);
  append_all(frame, source);
  append_all(frame, destination);
  if (extension >= 0) {
    append(frame, protocol);
    frame.insert(frame.end(), extension_bytes - 1, 0);
  }
}

void Draft::write_message(Bytes& frame) const {
  const size_t start = frame.size();
  const bool is_udp = protocol == protocol_udp;
  if (is_udp) {
    append(frame, source_port);
    append(frame, destination_port);
    append(frame, static_cast<uint16_t>(static_cast<int>(udp_header_bytes + data.size()) + datagram_length_difference));
    append(frame, uint16_t{0});
  } else {
    append(frame, type);
    append(frame, code);
    append(frame, uint16_t{0});
    append(frame, identifier);
    append(frame, sequence);
  }
  append_all(frame, data);
  const size_t unused = is_v6 ? 0 : ipv4_in_ip;
  const uint16_t sum = message_sum(frame.data() + start, frame.size() - start, is_v6, source.data() + unused,
                                   destination.data() + unused, is_udp);
  if (!is_udp || !without_checksum) {
    put_message_checksum(frame.data() + start, is_udp, static_cast<uint16_t>(~sum ^ checksum_difference));
  }
}

void mend_ipv4_checksum(Bytes& frame) {
  const size_t at = ip_of(frame);
  if (frame.size() < at + ipv4_header_bytes || frame[at] >> 4U != 4) {
    return;
  }
  const size_t header_bytes =
      std::min(frame.size() - at, std::max<size_t>(ipv4_header_bytes, size_t{frame[at] & 0x0FU} * 4));
  put<uint16_t>(frame.data() + at + 10, 0);
  put<uint16_t>(frame.data() + at + 10, static_cast<uint16_t>(~fold(word_sum(frame.data() + at, header_bytes))));
}

void mend_message_checksum(Bytes& frame) {
  const size_t at = ip_of(frame);
  const bool is_v6 = at < frame.size() && frame[at] >> 4U == 6;
  const size_t header_bytes = is_v6 ? ipv6_header_bytes : ipv4_header_bytes;
  if (frame.size() < at + header_bytes + icmp_header_bytes) {
    return;
  }
  uint8_t* ip = frame.data() + at;
  const bool is_udp = ip[is_v6 ? 6 : 9] == protocol_udp;
  const size_t said = is_v6 ? get<uint16_t>(ip + 4) : size_t{get<uint16_t>(ip + 2)} - ipv4_header_bytes;
  const size_t bytes = std::min(said, frame.size() - at - header_bytes);
  if (bytes < icmp_header_bytes) {
    return;
  }
  uint8_t* message = ip + header_bytes;
  put<uint16_t>(message + (is_udp ? 6 : 2), 0);
  const uint16_t sum = message_sum(message, bytes, is_v6, ip + (is_v6 ? 8 : 12), ip + (is_v6 ? 24 : 16), is_udp);
  put_message_checksum(message, is_udp, static_cast<uint16_t>(~sum));
}

}  // namespace buddyring::differential
