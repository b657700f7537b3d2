// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/packet.h"

#include <algorithm>
#include <utility>

namespace buddyring {
namespace {

constexpr size_t ip_checksum_offset = 10;
constexpr size_t icmp_checksum_offset = 2;
constexpr size_t udp_checksum_offset = 6;
constexpr size_t message_header_bytes = 8;
constexpr size_t ethernet_bytes = 14;
constexpr size_t tag_bytes = 4;
constexpr size_t ipv4_bytes = 20;
constexpr size_t ipv6_bytes = 40;
constexpr size_t extension_bytes = 8;

template <class Number>
void append(Bytes& bytes, Number number) {
  for (size_t shift = sizeof(Number) * 8; shift > 0; shift -= 8) {
    bytes.push_back(static_cast<uint8_t>(number >> (shift - 8)));
  }
}

void append(Bytes& bytes, const Mac& mac) { bytes.insert(bytes.end(), mac.begin(), mac.end()); }
void append(Bytes& bytes, const Ipv6& address) { bytes.insert(bytes.end(), address.begin(), address.end()); }
void append(Bytes& bytes, const Bytes& more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

void put_checksum(Bytes& bytes, size_t offset, uint16_t checksum) {
  bytes[offset] = static_cast<uint8_t>(checksum >> 8);
  bytes[offset + 1] = static_cast<uint8_t>(checksum);
}

uint16_t spoilt(uint16_t checksum) { return static_cast<uint16_t>(checksum ^ 0x0101); }

}  // namespace

std::string name_of(Family family) { return family == Family::ipv4 ? "Ipv4" : "Ipv6"; }

Ipv6 mapped(uint32_t ipv4) {
  Bytes bytes(10, 0);
  append(bytes, uint16_t{0xFFFF});
  append(bytes, ipv4);
  Ipv6 address{};
  std::ranges::copy(bytes, address.begin());
  return address;
}

Ipv6 address_of(const Party& party, Family family) { return family == Family::ipv4 ? mapped(party.ipv4) : party.ipv6; }

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
  append(all, key);
  all.insert(all.end(), reserved.begin(), reserved.end());
  all.insert(all.end(), seal.begin(), seal.end());
  return all;
}

Packet Packet::request(Family family) {
  Packet packet(family);
  packet.type_ = family == Family::ipv4 ? 8 : 128;
  return packet;
}

Packet Packet::reply(Family family) {
  Packet packet(family);
  packet.type_ = family == Family::ipv4 ? 0 : 129;
  return packet;
}

Packet& Packet::from(const Party& party, const Mac& mac) {
  source_ = party;
  source_mac_ = mac;
  return *this;
}

Packet& Packet::to(const Party& party, const Mac& mac) {
  destination_ = party;
  destination_mac_ = mac;
  return *this;
}

Packet& Packet::id(uint16_t identifier, uint16_t sequence) {
  identifier_ = identifier;
  sequence_ = sequence;
  return *this;
}

Packet& Packet::hops(uint8_t left) { return hops_ = left, *this; }
Packet& Packet::traffic_class(uint8_t dscp_and_ecn) { return traffic_class_ = dscp_and_ecn, *this; }
Packet& Packet::label(uint32_t number) { return label_ = number, *this; }
Packet& Packet::data(Bytes bytes) { return data_ = std::move(bytes), *this; }
Packet& Packet::probe(const Probe& probe) { return data(probe.bytes()); }
Packet& Packet::vlan(uint16_t control, uint16_t type) { return tags_.emplace_back(type, control), *this; }
Packet& Packet::ether_type(uint16_t type) { return ether_type_ = type, *this; }
Packet& Packet::version(uint8_t number) { return version_ = number, *this; }
Packet& Packet::options(size_t words) { return option_words_ = words, *this; }
Packet& Packet::fragment(uint16_t field) { return fragment_ = field, *this; }
Packet& Packet::extension(uint8_t header) { return extension_ = header, *this; }
Packet& Packet::protocol(uint8_t number) { return protocol_ = number, *this; }

Packet& Packet::icmp(uint8_t type, uint8_t code) {
  type_ = type;
  code_ = code;
  return *this;
}

Packet& Packet::udp(uint16_t source_port, uint16_t destination_port) {
  ports_ = {source_port, destination_port};
  return *this;
}

Packet& Packet::udp_length(int difference) { return udp_length_difference_ = difference, *this; }
Packet& Packet::length(int difference) { return length_difference_ = difference, *this; }
Packet& Packet::spoil_ip_checksum() { return spoilt_ip_ = true, *this; }
Packet& Packet::spoil_checksum() { return spoilt_message_ = true, *this; }
Packet& Packet::checksum(uint16_t whatever) { return checksum_ = whatever, *this; }
Packet& Packet::pad_to(size_t frame_bytes) { return pad_to_ = frame_bytes, *this; }
Packet& Packet::cut_to(size_t frame_bytes) { return cut_to_ = frame_bytes, *this; }

size_t Packet::ip_offset() const { return ethernet_bytes + tags_.size() * tag_bytes; }
size_t Packet::message_offset() const { return ip_offset() + (family_ == Family::ipv4 ? ipv4_bytes : ipv6_bytes); }

// Nothing under ICMP of IPv4.
Bytes Packet::pseudo_header(size_t message_bytes) const {
  Bytes pseudo;
  if (family_ == Family::ipv6) {
    append(pseudo, source_.ipv6);
    append(pseudo, destination_.ipv6);
    append(pseudo, static_cast<uint32_t>(message_bytes));
    append(pseudo, uint32_t{protocol_of_message()});
  } else if (ports_) {
    append(pseudo, source_.ipv4);
    append(pseudo, destination_.ipv4);
    append(pseudo, uint16_t{protocol_of_message()});
    append(pseudo, static_cast<uint16_t>(message_bytes));
  }
  return pseudo;
}

// With the checksum still 0.
Bytes Packet::message_header() const {
  Bytes header;
  if (ports_) {
    append(header, ports_->first);
    append(header, ports_->second);
    append(header,
           static_cast<uint16_t>(static_cast<int>(message_header_bytes + data_.size()) + udp_length_difference_));
    append(header, uint16_t{0});
    return header;
  }
  append(header, type_);
  append(header, code_);
  append(header, uint16_t{0});
  append(header, identifier_);
  append(header, sequence_);
  return header;
}

Bytes Packet::message() const {
  Bytes message = message_header();
  append(message, data_);
  Bytes summed = pseudo_header(message.size());
  append(summed, message);
  uint16_t checksum = internet_checksum(summed.data(), summed.size());
  if (ports_ && checksum == 0) {
    checksum = 0xFFFF;  // 0 would mean that there is none
  }
  put_checksum(message, ports_ ? udp_checksum_offset : icmp_checksum_offset,
               checksum_.value_or(spoilt_message_ ? spoilt(checksum) : checksum));
  return message;
}

uint16_t Packet::message_sum(const Bytes& frame) const {
  const size_t message_bytes = frame.size() - message_offset();
  Bytes summed = pseudo_header(message_bytes);
  summed.insert(summed.end(), frame.end() - static_cast<ptrdiff_t>(message_bytes), frame.end());
  return static_cast<uint16_t>(~internet_checksum(summed.data(), summed.size()));
}

Bytes Packet::ipv4_header(size_t message_bytes) const {
  Bytes ip;
  append(ip, static_cast<uint8_t>(version_.value_or(4) * 16 + 5 + option_words_));
  append(ip, traffic_class_);
  append(ip,
         static_cast<uint16_t>(static_cast<int>(ipv4_bytes + option_words_ * 4 + message_bytes) + length_difference_));
  append(ip, static_cast<uint16_t>(label_));
  append(ip, fragment_);
  append(ip, hops_);
  append(ip, protocol_.value_or(protocol_of_message()));
  append(ip, uint16_t{0});
  append(ip, source_.ipv4);
  append(ip, destination_.ipv4);
  ip.insert(ip.end(), option_words_ * 4, 1);  // no-operation options
  const uint16_t checksum = internet_checksum(ip.data(), ip.size());
  put_checksum(ip, ip_checksum_offset, spoilt_ip_ ? spoilt(checksum) : checksum);
  return ip;
}

Bytes Packet::ipv6_header(size_t message_bytes) const {
  const size_t payload_bytes = message_bytes + (extension_ ? extension_bytes : 0);
  const uint8_t upper = protocol_.value_or(protocol_of_message());
  Bytes ip;
  append(ip, static_cast<uint32_t>(version_.value_or(6)) << 28 | static_cast<uint32_t>(traffic_class_) << 20 | label_);
  append(ip, static_cast<uint16_t>(static_cast<int>(payload_bytes) + length_difference_));
  append(ip, extension_.value_or(upper));
  append(ip, hops_);
  append(ip, source_.ipv6);
  append(ip, destination_.ipv6);
  if (extension_) {
    append(ip, upper);
    append(ip, uint8_t{0});            // 8 bytes long
    append(ip, uint32_t{0x01040000});  // an option of padding, which fills it
    append(ip, uint16_t{0});
  }
  return ip;
}

Bytes Packet::frame() const {
  const Bytes upper = message();
  Bytes frame;
  append(frame, destination_mac_);
  append(frame, source_mac_);
  for (const auto& [type, control] : tags_) {
    append(frame, type);
    append(frame, control);
  }
  append(frame, ether_type_.value_or(family_ == Family::ipv4 ? 0x0800 : 0x86DD));
  append(frame, family_ == Family::ipv4 ? ipv4_header(upper.size()) : ipv6_header(upper.size()));
  append(frame, upper);
  if (frame.size() < pad_to_) {
    frame.resize(pad_to_, 0xEE);
  }
  if (cut_to_ != 0) {
    frame.resize(cut_to_);
  }
  return frame;
}

}  // namespace buddyring
