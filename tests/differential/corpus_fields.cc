// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <initializer_list>

#include "tests/differential/corpus_maker.h"
#include "tests/differential/wire.h"

namespace buddyring::differential {
namespace {

constexpr size_t ethernet_payload_min = 46;
constexpr uint16_t reserved_flag = 0x8000;

}  // namespace

void CorpusMaker::sizes() {
  for (size_t bytes = 0; bytes <= data_bytes_max(); ++bytes) {
    add(std::to_string(bytes) + " bytes", from(bytes % 16 != 15, bytes));
  }
}

void CorpusMaker::header_fields() {
  for (unsigned value = 0; value <= 0xFF; ++value) {
    Draft draft = from(true, 56);
    draft.traffic_class = static_cast<uint8_t>(value);
    add("traffic class " + std::to_string(value), draft);
  }
  for (unsigned value = 0; value <= 0xFF; value += value < 8 ? 1 : 13) {
    Draft draft = from(true, 57);
    draft.hops = static_cast<uint8_t>(value);
    add("hops " + std::to_string(value), draft);
  }
  for (const bool peer : {true, false}) {
    Draft draft = from(peer, 56);
    draft.fragment = reserved_flag;
    if (!is_v6_) {
      add("the reserved flag", draft);
    }
  }
}

void CorpusMaker::paddings() {
  for (size_t bytes = 0; bytes <= 20; ++bytes) {
    Draft draft = from(true, bytes);
    const size_t ip_bytes = header_bytes() + icmp_header_bytes + bytes;
    draft.padding_bytes = ip_bytes < ethernet_payload_min ? ethernet_payload_min - ip_bytes : 0;
    add("padded to the least frame", draft);
  }
  for (size_t padding = 1; padding <= 20; ++padding) {
    Draft draft = from(true, 56 + padding % 2);
    draft.padding_bytes = padding;
    add("padding of " + std::to_string(padding), draft);
  }
}

void CorpusMaker::tags() {
  for (const uint16_t type : {type_c_tag, type_s_tag}) {
    for (const uint16_t vlan : std::initializer_list<uint16_t>{0, 1, 5, 4094, 4095}) {
      for (const bool peer : {true, false}) {
        Draft draft = from(peer, 56);
        draft.tags = 1;
        draft.tag[0] = {.type = type, .control = static_cast<uint16_t>(prng_.below(8) << 13U | vlan)};
        const bool answered = peer && vlan != 0;
        add("a tag", draft, answered ? OursAlone::tagged : OursAlone::no);
        draft.tags = 2;
        draft.tag[1] = {.type = type_c_tag, .control = static_cast<uint16_t>(prng_.below(0x1000))};
        add("two tags", draft, peer ? OursAlone::tagged : OursAlone::no);
        draft.tags = 3;
        draft.tag[2] = draft.tag[1];
        add("three tags", draft);
      }
    }
  }
}

void CorpusMaker::checksums() {
  for (unsigned bit = 0; bit < 16; ++bit) {
    for (const bool peer : {true, false}) {
      Draft draft = from(peer, 56 + bit % 2);
      draft.checksum_difference = static_cast<uint16_t>(1U << bit);
      add("ICMP checksum wrong", draft, peer ? OursAlone::wrong_checksum : OursAlone::no);
      if (!is_v6_) {
        draft.checksum_difference = 0;
        draft.ip_checksum_difference = static_cast<uint16_t>(1U << bit);
        add("header checksum wrong", draft);
      }
    }
  }
  // A checksum of 0 where all is right, and its other form, which is right, too.
  for (const bool peer : {true, false}) {
    Draft draft = from(peer, 2);
    put<uint16_t>(draft.data.data(), 0);
    Bytes frame;
    draft.write(frame);
    put<uint16_t>(draft.data.data(), get<uint16_t>(frame.data() + frame.size() - draft.data.size() - 6));
    add("a checksum of zero", draft);
    draft.checksum_difference = 0xFFFF;
    add("a checksum of minus zero", draft);
    for (const size_t bytes : {0U, 1U, 56U}) {
      Draft zeros = from(peer, bytes);
      zeros.identifier = 0;
      zeros.sequence = 0;
      std::fill(zeros.data.begin(), zeros.data.end(), uint8_t{0});
      add("nothing but zeros", zeros);
    }
  }
}

void CorpusMaker::lengths() {
  for (const int difference : {-64, -57, -56, -55, -9, -8, -1, 1, 2, 8, 1000}) {
    for (const bool peer : {true, false}) {
      Draft draft = from(peer, 56);
      draft.length_difference = difference;
      // Cut within the message, its checksum covers what is not there.
      const bool is_cut = difference < 0 && difference >= -56;
      add("a length off by " + std::to_string(difference), draft,
          is_cut && peer ? OursAlone::wrong_checksum : OursAlone::no);
    }
  }
  for (const size_t cut : {1U, 2U, 8U, 56U, 60U, 64U, 70U}) {
    Draft draft = any(56);
    draft.cut_bytes = cut;
    add("a frame cut by " + std::to_string(cut), draft);
  }
}

void CorpusMaker::types() {
  for (const uint8_t code : std::initializer_list<uint8_t>{1, 2, 255}) {
    Draft draft = any(56);
    draft.code = code;
    add("an echo request with a code", draft);
  }
  for (const uint8_t version : std::initializer_list<uint8_t>{0, 5, 15}) {
    Draft draft = any(56);
    draft.version = version;
    add("another version", draft);
  }
  Draft reply = any(56);
  reply.type = is_v6_ ? 129 : 0;
  add("an echo reply", reply);
  Draft other_family = any(56);
  other_family.protocol = is_v6_ ? protocol_icmp : protocol_icmpv6;
  add("the other family's ICMP", other_family);
}

void CorpusMaker::addresses() {
  const std::vector<std::string> sources =
      is_v6_
          ? std::vector<std::string>{"::", "::1", "ff02::1", "::ffff:10.9.0.2", "fd09::1"}
          : std::vector<std::string>{"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "10.9.0.255", "10.9.0.1"};
  for (const std::string& source : sources) {
    Draft draft = any(56);
    draft.source = ip_of(source);
    add("from " + source, draft);
  }
  const std::vector<std::string> destinations =
      is_v6_ ? std::vector<std::string>{"fd09::9", "::1", "::ffff:10.9.0.1"}
             : std::vector<std::string>{"10.9.0.9", "10.9.0.255", "255.255.255.255", "127.0.0.1"};
  for (const std::string& destination : destinations) {
    Draft draft = any(56);
    draft.destination = ip_of(destination);
    add("to " + destination, draft);
  }
  for (const uint8_t first : std::initializer_list<uint8_t>{0xFF, 0x03, 0x04}) {
    Draft draft = any(56);
    draft.to[0] = first;
    add("to another MAC", draft);
  }
}

void CorpusMaker::probes() {
  for (const bool peer : {true, false}) {
    for (unsigned number = 1; number <= 8; ++number) {
      Draft draft = from(peer, 0);
      ProbeFields probe{.number = number, .sender = prng_.next(), .target = target_, .nonce = prng_.next()};
      probe.write(draft.data);
      add("a probe", draft, OursAlone::no, true);
      probe.target = ~target_;
      probe.write(draft.data);
      add("a probe for another", draft);
      probe.target = target_;
      probe.write(draft.data);
      draft.checksum_difference = 0x0100;
      add("a probe with a wrong checksum", draft);
    }
  }
}

}  // namespace buddyring::differential
