// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/spoil.h"

#include <algorithm>
#include <iterator>

#include "tests/differential/subject.h"

namespace buddyring::differential {
namespace {

using sim::Prng;

template <class T, size_t count>
T any_of(const std::array<T, count>& choices, Prng& prng) {
  return choices[prng.below(count)];
}

constexpr Mac broadcast{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
constexpr std::array<uint8_t, 9> extension_headers{0, 43, 44, 50, 51, 60, 135, 139, 140};

void spoil_tags(const Self& /*self*/, Prng& prng, Draft& draft) {
  constexpr std::array<uint16_t, 6> types{type_c_tag, type_s_tag, type_c_tag, 0x9100, type_ipv4, 0x0806};
  draft.tags = static_cast<unsigned>(prng.below(4));
  for (Tag& tag : draft.tag) {
    tag = {.type = any_of(types, prng), .control = static_cast<uint16_t>(prng.next())};
  }
}

void spoil_ether_type(const Self& /*self*/, Prng& prng, Draft& draft) {
  constexpr std::array<uint16_t, 6> types{type_ipv4, type_ipv6, type_c_tag, type_s_tag, 0x0806, 0x88CC};
  draft.ether_type = any_of(types, prng);
}

void spoil_version(const Self& /*self*/, Prng& prng, Draft& draft) {
  draft.version = static_cast<uint8_t>(prng.below(16));
}

void spoil_header_words(const Self& /*self*/, Prng& prng, Draft& draft) {
  draft.header_words = static_cast<uint8_t>(prng.below(16));
}

void spoil_fragment(const Self& /*self*/, Prng& prng, Draft& draft) {
  draft.fragment = static_cast<uint16_t>(prng.chance(0.5) ? 1U << prng.below(16) : prng.next());
}

void spoil_length(const Self& /*self*/, Prng& prng, Draft& draft) {
  const int message_bytes = static_cast<int>(icmp_header_bytes + draft.data.size());
  switch (prng.below(5)) {
    case 0:
      draft.length_difference = static_cast<int>(prng.below(9)) - 4;
      break;
    case 1:  // about what is too short for any message
      draft.length_difference =
          static_cast<int>(icmp_header_bytes) - message_bytes + static_cast<int>(prng.below(5)) - 2;
      break;
    case 2:  // an empty packet, or a jumbogram
      draft.length_difference = -message_bytes - (draft.is_v6 || prng.chance(0.5) ? 0 : int{ipv4_header_bytes});
      break;
    case 3:
      draft.length_difference = 0xFFFF - message_bytes - static_cast<int>(prng.below(64));
      break;
    default:  // shorter than the frame: what is behind is padding
      draft.length_difference = -static_cast<int>(prng.below(static_cast<uint64_t>(message_bytes)));
  }
}

void spoil_ip_checksum(const Self& /*self*/, Prng& prng, Draft& draft) {
  draft.ip_checksum_difference = static_cast<uint16_t>(prng.chance(0.5) ? 1U << prng.below(16) : prng.next());
}

// All bits turned where the checksum is 0: the other form of zero.
void spoil_message_checksum(const Self& /*self*/, Prng& prng, Draft& draft) {
  draft.checksum_difference = static_cast<uint16_t>(prng.chance(0.3)   ? 0xFFFFU
                                                    : prng.chance(0.5) ? 1U << prng.below(16)
                                                                       : prng.next());
}

void spoil_destination(const Self& self, Prng& prng, Draft& draft) {
  switch (prng.below(4)) {
    case 0:
      draft.destination[prng.below(4) + ipv4_in_ip] ^= static_cast<uint8_t>(1U << prng.below(8));
      break;
    case 1:
      draft.destination[prng.below(16)] ^= static_cast<uint8_t>(1U << prng.below(8));
      break;
    case 2:
      draft.destination.fill(0xFF);
      break;
    default:  // a family's address in the other's header
      draft.is_v6 = !draft.is_v6;
      draft.ether_type = draft.is_v6 ? type_ipv6 : type_ipv4;
      draft.version = draft.is_v6 ? 6 : 4;
      if (draft.protocol != protocol_udp) {
        draft.protocol = draft.is_v6 ? protocol_icmpv6 : protocol_icmp;
      }
      draft.type = static_cast<uint8_t>(draft.is_v6 ? (draft.type == 8 ? 128 : 129) : (draft.type == 128 ? 8 : 0));
      draft.destination = self.address;
  }
}

void spoil_to_mac(const Self& /*self*/, Prng& prng, Draft& draft) {
  if (prng.chance(0.3)) {
    draft.to = broadcast;
  } else {
    draft.to[prng.below(draft.to.size())] ^= static_cast<uint8_t>(1U << prng.below(8));
  }
}

void spoil_from_mac(const Self& self, Prng& prng, Draft& draft) {
  switch (prng.below(4)) {
    case 0:
      draft.from = broadcast;
      break;
    case 1:
      draft.from = self.mac;
      break;
    case 2:
      draft.from = {};
      break;
    default:
      draft.from[0] |= 1;
  }
}

void spoil_source(const Self& self, Prng& prng, Draft& draft) {
  if (prng.chance(0.1)) {
    draft.source = self.address;
    return;
  }
  if (!draft.is_v6) {
    constexpr std::array<uint8_t, 8> firsts{0, 1, 127, 223, 224, 239, 240, 255};
    draft.source[ipv4_in_ip] = any_of(firsts, prng);
    if (prng.chance(0.3)) {
      std::fill(draft.source.begin() + ipv4_in_ip, draft.source.end(), prng.chance(0.5) ? uint8_t{0} : uint8_t{0xFF});
    }
    return;
  }
  switch (prng.below(5)) {
    case 0:
      draft.source = {};
      break;
    case 1:  // a bit off the unspecified address: loopback among others
      draft.source = {};
      draft.source[prng.below(16)] = static_cast<uint8_t>(1U << prng.below(8));
      break;
    case 2:
      draft.source[0] = static_cast<uint8_t>(0xFF - prng.below(3));
      break;
    default:  // mapped, or a bit off it
      draft.source = mapped(draft.source.data() + ipv4_in_ip);
      if (prng.chance(0.5)) {
        draft.source[prng.below(ipv4_in_ip)] ^= static_cast<uint8_t>(1U << prng.below(8));
      }
  }
}

void spoil_protocol(const Self& /*self*/, Prng& prng, Draft& draft) {
  constexpr std::array<uint8_t, 6> protocols{1, 58, 6, 17, 41, 59};
  draft.protocol = prng.chance(0.6)   ? any_of(protocols, prng)
                   : prng.chance(0.5) ? any_of(extension_headers, prng)
                                      : static_cast<uint8_t>(prng.next());
}

void spoil_extension(const Self& /*self*/, Prng& prng, Draft& draft) {
  draft.extension = prng.chance(0.8) ? any_of(extension_headers, prng) : static_cast<uint8_t>(prng.next());
}

void spoil_type(const Self& /*self*/, Prng& prng, Draft& draft) {
  constexpr std::array<uint8_t, 8> types{0, 8, 128, 129, 3, 13, 135, 136};
  draft.type = prng.chance(0.8) ? any_of(types, prng) : static_cast<uint8_t>(prng.next());
}

void spoil_code(const Self& /*self*/, Prng& prng, Draft& draft) { draft.code = static_cast<uint8_t>(prng.next()); }

// Of no effect on an echo.
void spoil_datagram(const Self& self, Prng& prng, Draft& draft) {
  switch (prng.below(5)) {
    case 0:
      draft.destination_port ^= static_cast<uint16_t>(1U << prng.below(16));
      break;
    case 1:
      draft.source_port = static_cast<uint16_t>(prng.chance(0.3) ? 0 : prng.next());
      break;
    case 2:
      draft.datagram_length_difference =
          prng.chance(0.5) ? static_cast<int>(prng.below(5)) - 2 : static_cast<int>(prng.below(0x10000));
      break;
    case 3:
      draft.without_checksum = true;
      break;
    default:
      draft.source_port = draft.destination_port = self.probe_port;
  }
}

void spoil_end(const Self& /*self*/, Prng& prng, Draft& draft) {
  draft.cut_bytes = prng.chance(0.7) ? 1 + prng.below(8) : prng.below(200);
}

// Near the limits of what is a probe.
void spoil_data(const Self& /*self*/, Prng& prng, Draft& draft) {
  constexpr size_t probe_bytes = 80;
  if (draft.data.size() < probe_bytes || prng.chance(0.3)) {
    draft.data.resize(static_cast<size_t>(probe_bytes - 2 + prng.below(5)));
    return;
  }
  const size_t header_bytes = prng.chance(0.7) ? 8 : probe_bytes;  // magic, version, kind and flags alone
  draft.data[prng.below(header_bytes)] ^= static_cast<uint8_t>(1U << prng.below(8));
}

void spoil_size(const Self& /*self*/, Prng& prng, Draft& draft) { draft.data.resize(prng.below(3400), 0x5A); }

using Spoil = void (*)(const Self&, Prng&, Draft&);
constexpr Spoil spoils[] = {spoil_tags,
                            spoil_ether_type,
                            spoil_version,
                            spoil_header_words,
                            spoil_fragment,
                            spoil_length,
                            spoil_ip_checksum,
                            spoil_destination,
                            spoil_to_mac,
                            spoil_from_mac,
                            spoil_source,
                            spoil_message_checksum,
                            spoil_message_checksum,
                            spoil_protocol,
                            spoil_extension,
                            spoil_type,
                            spoil_code,
                            spoil_datagram,
                            spoil_datagram,
                            spoil_end,
                            spoil_data,
                            spoil_data};
// Costs more than the others together, so it is drawn by itself.
constexpr double size_chance = 0.01;

void damage(Prng& prng, Bytes& frame) {
  // Headers and probes are at the front, which is where it matters.
  const size_t reach = prng.chance(0.8) ? std::min<size_t>(frame.size(), 64) : frame.size();
  const size_t at = prng.below(reach);
  switch (prng.below(7)) {
    case 0:
    case 1:
      frame[at] ^= static_cast<uint8_t>(1U << prng.below(8));
      break;
    case 2:
      frame[at] = static_cast<uint8_t>(prng.next());
      break;
    case 3:
      std::swap(frame[at], frame[prng.below(reach)]);
      break;
    case 4:
      frame.insert(frame.begin() + static_cast<ptrdiff_t>(at), static_cast<uint8_t>(prng.next()));
      break;
    case 5:
      frame.erase(frame.begin() + static_cast<ptrdiff_t>(at));
      break;
    default:
      frame.resize(prng.below(frame.size() + 8));
  }
  frame.resize(std::clamp(frame.size(), frame_bytes_min, frame_bytes_max));
}

}  // namespace

void spoil_fields(const Self& self, Prng& prng, Draft& draft) {
  double more = 0.4;
  while (prng.chance(more)) {
    spoils[prng.below(std::size(spoils))](self, prng, draft);
    more = 0.25;
  }
  if (prng.chance(size_chance)) {
    spoil_size(self, prng, draft);
  }
}

void damage_bytes(Prng& prng, Bytes& frame) {
  frame.resize(std::clamp(frame.size(), frame_bytes_min, frame_bytes_max));
  if (!prng.chance(0.2)) {
    return;
  }
  do {
    damage(prng, frame);
  } while (prng.chance(0.3));
  if (prng.chance(0.6)) {
    mend_ipv4_checksum(frame);
  }
  if (prng.chance(0.5)) {
    mend_message_checksum(frame);
  }
}

}  // namespace buddyring::differential
