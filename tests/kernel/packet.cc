// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/packet.h"

#include <utility>

namespace buddyring {
namespace {

constexpr size_t ip_checksum_offset = 10;
constexpr size_t icmp_checksum_offset = 2;

template <class Number>
void append(Bytes& bytes, Number number) {
  for (size_t shift = sizeof(Number) * 8; shift > 0; shift -= 8) {
    bytes.push_back(static_cast<uint8_t>(number >> (shift - 8)));
  }
}

void append(Bytes& bytes, const Mac& mac) { bytes.insert(bytes.end(), mac.begin(), mac.end()); }

void put_checksum(Bytes& bytes, size_t offset, bool spoilt) {
  uint16_t checksum = internet_checksum(bytes.data(), bytes.size());
  if (spoilt) {
    checksum = static_cast<uint16_t>(checksum ^ 0x0101);
  }
  bytes[offset] = static_cast<uint8_t>(checksum >> 8);
  bytes[offset + 1] = static_cast<uint8_t>(checksum);
}

}  // namespace

uint16_t internet_checksum(const uint8_t* first, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; ++i) {
    sum += i % 2 == 0 ? static_cast<uint64_t>(first[i]) * 256 : first[i];
  }
  // The one's-complement sum is the sum modulo 65535, in which only nothing at all is 0.
  const uint64_t folded = sum == 0 ? 0 : (sum - 1) % 0xFFFF + 1;
  return static_cast<uint16_t>(0xFFFF - folded);
}

Bytes Probe::bytes() const {
  Bytes all;
  append(all, magic);
  append(all, version);
  append(all, kind);
  append(all, flags);
  for (const uint64_t field : {number, sender, target, nonce, answerer, incarnation, epoch}) {
    append(all, field);
  }
  return all;
}

Packet Packet::request() { return {}; }

Packet Packet::reply() {
  Packet packet;
  packet.type_ = 0;
  return packet;
}

Packet& Packet::from(uint32_t address, const Mac& mac) {
  source_ = address;
  source_mac_ = mac;
  return *this;
}

Packet& Packet::to(uint32_t address, const Mac& mac) {
  destination_ = address;
  destination_mac_ = mac;
  return *this;
}

Packet& Packet::ttl(uint8_t hops) { return ttl_ = hops, *this; }

Packet& Packet::id(uint16_t identifier, uint16_t sequence) {
  identifier_ = identifier;
  sequence_ = sequence;
  return *this;
}

Packet& Packet::data(Bytes bytes) { return data_ = std::move(bytes), *this; }
Packet& Packet::probe(const Probe& probe) { return data(probe.bytes()); }
Packet& Packet::ether_type(uint16_t type) { return ether_type_ = type, *this; }
Packet& Packet::vlan(uint16_t tag) { return vlan_ = tag, *this; }
Packet& Packet::version(uint8_t number) { return version_ = number, *this; }
Packet& Packet::options(size_t words) { return option_words_ = words, *this; }
Packet& Packet::fragment(uint16_t field) { return fragment_ = field, *this; }
Packet& Packet::protocol(uint8_t number) { return protocol_ = number, *this; }

Packet& Packet::icmp(uint8_t type, uint8_t code) {
  type_ = type;
  code_ = code;
  return *this;
}

Packet& Packet::total_length(int difference) { return length_difference_ = difference, *this; }
Packet& Packet::spoil_ip_checksum() { return spoilt_ip_ = true, *this; }
Packet& Packet::spoil_icmp_checksum() { return spoilt_icmp_ = true, *this; }
Packet& Packet::pad_to(size_t frame_bytes) { return pad_to_ = frame_bytes, *this; }
Packet& Packet::cut_to(size_t frame_bytes) { return cut_to_ = frame_bytes, *this; }

Bytes Packet::icmp_bytes() const {
  Bytes icmp;
  append(icmp, type_);
  append(icmp, code_);
  append(icmp, uint16_t{0});
  append(icmp, identifier_);
  append(icmp, sequence_);
  icmp.insert(icmp.end(), data_.begin(), data_.end());
  put_checksum(icmp, icmp_checksum_offset, spoilt_icmp_);
  return icmp;
}

Bytes Packet::frame() const {
  const Bytes icmp = icmp_bytes();
  Bytes ip;
  append(ip, static_cast<uint8_t>(version_ * 16 + 5 + option_words_));
  append(ip, uint8_t{0});
  append(ip, static_cast<uint16_t>(static_cast<int>(20 + option_words_ * 4 + icmp.size()) + length_difference_));
  append(ip, uint16_t{0x1234});
  append(ip, fragment_);
  append(ip, ttl_);
  append(ip, protocol_);
  append(ip, uint16_t{0});
  append(ip, source_);
  append(ip, destination_);
  ip.insert(ip.end(), option_words_ * 4, 1);  // no-operation options
  put_checksum(ip, ip_checksum_offset, spoilt_ip_);

  Bytes frame;
  append(frame, destination_mac_);
  append(frame, source_mac_);
  if (vlan_ != 0) {
    append(frame, uint16_t{0x8100});
    append(frame, vlan_);
  }
  append(frame, ether_type_);
  frame.insert(frame.end(), ip.begin(), ip.end());
  frame.insert(frame.end(), icmp.begin(), icmp.end());
  if (frame.size() < pad_to_) {
    frame.resize(pad_to_, 0xEE);
  }
  if (cut_to_ != 0) {
    frame.resize(cut_to_);
  }
  return frame;
}

}  // namespace buddyring
