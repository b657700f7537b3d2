// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/reference.h"

#include <algorithm>
#include <optional>
#include <span>

namespace buddyring::differential {
namespace {

// The offsets of docs/protocol.md, from the first byte of the probe.
constexpr size_t probe_bytes = 80;
constexpr size_t version_at = 4;
constexpr size_t kind_at = 5;
constexpr size_t flags_at = 6;
constexpr size_t number_at = 8;
constexpr size_t sender_at = 16;
constexpr size_t target_at = 24;
constexpr size_t nonce_at = 32;
constexpr size_t answerer_at = 40;
constexpr size_t incarnation_at = 48;
constexpr size_t epoch_at = 56;
constexpr size_t key_at = 64;
constexpr size_t seal_at = 72;

constexpr uint8_t answer_hops = 64;
constexpr uint64_t epoch_bits = (uint64_t{1} << (64 - BUDDYRING_EPOCH_SHIFT)) - 1;

// An IP packet with a message in it, as the frame has it.
struct Packet {
  bool is_v6 = false;
  const uint8_t* frame = nullptr;
  size_t ip_at = 0;
  size_t message_at = 0;
  size_t message_bytes = 0;
  uint8_t protocol = 0;
  Ip source{};
  Ip destination{};

  [[nodiscard]] const uint8_t* ip() const { return frame + ip_at; }
  [[nodiscard]] const uint8_t* message() const { return frame + message_at; }
  [[nodiscard]] const uint8_t* probe() const { return message() + icmp_header_bytes; }
  // Where the 16 or 4 bytes of an address stand in the IP header.
  [[nodiscard]] size_t source_at() const { return ip_at + (is_v6 ? 8 : 12); }
  [[nodiscard]] size_t destination_at() const { return ip_at + (is_v6 ? 24 : 16); }
  [[nodiscard]] size_t address_bytes() const { return is_v6 ? 16 : 4; }
  [[nodiscard]] uint8_t request_type() const { return is_v6 ? 128 : 8; }
  [[nodiscard]] uint8_t reply_type() const { return is_v6 ? 129 : 0; }
  [[nodiscard]] bool is_udp() const { return protocol == protocol_udp; }
  [[nodiscard]] uint16_t source_port() const { return get<uint16_t>(message()); }
  [[nodiscard]] uint16_t destination_port() const { return get<uint16_t>(message() + 2); }
  // Where the checksum stands in the message.
  [[nodiscard]] size_t checksum_at() const { return is_udp() ? 6 : 2; }
  // What a right checksum covers besides the message.
  [[nodiscard]] uint64_t outside_sum() const {
    return is_v6 || is_udp() ? pseudo_header_sum(frame + source_at(), frame + destination_at(), address_bytes(),
                                                 protocol, message_bytes)
                             : 0;
  }
};

// RFC 1071: right when all that is covered, the checksum included, sums up to minus zero. RFC 768: over UDP 0 says that
// there is none; RFC 8200, 8.1: which is not right under IPv6.
bool checksum_right(const Packet& packet) {
  if (packet.is_udp() && get<uint16_t>(packet.message() + packet.checksum_at()) == 0) {
    return !packet.is_v6;
  }
  return fold(word_sum(packet.message(), packet.message_bytes) + packet.outside_sum()) == 0xFFFF;
}

// Where the IP header begins; its EtherType goes to `type`. False when the frame ends before.
bool find_ip(const Bytes& frame, size_t& ip_at, uint16_t& type) {
  constexpr int tags_max = 2;
  ip_at = ethernet_header_bytes;
  type = get<uint16_t>(frame.data() + ip_at - 2);
  for (int tag = 0; tag < tags_max && (type == type_c_tag || type == type_s_tag); ++tag) {
    if (frame.size() < ip_at + tag_bytes) {
      return false;
    }
    ip_at += tag_bytes;
    type = get<uint16_t>(frame.data() + ip_at - 2);
  }
  return true;
}

bool is_usual_v4(Packet& packet, size_t ip_bytes_max) {
  const uint8_t* ip = packet.ip();
  const size_t total_length = get<uint16_t>(ip + 2);
  const unsigned header_words = ip[0] & 0x0FU;
  const unsigned not_whole = get<uint16_t>(ip + 6) & 0xBFFFU;  // more fragments, an offset, or the reserved flag
  packet.message_at = packet.ip_at + ipv4_header_bytes;
  packet.message_bytes = total_length - ipv4_header_bytes;
  packet.protocol = ip[9];
  packet.source = mapped(ip + 12);
  packet.destination = mapped(ip + 16);
  return header_words == 5 && not_whole == 0 && total_length >= ipv4_header_bytes + icmp_header_bytes &&
         total_length <= ip_bytes_max && fold(word_sum(ip, ipv4_header_bytes)) == 0xFFFF;
}

bool is_usual_v6(Packet& packet, size_t ip_bytes_max) {
  const uint8_t* ip = packet.ip();
  constexpr std::array<uint8_t, 9> extension_headers{0, 43, 44, 50, 51, 60, 135, 139, 140};
  packet.message_at = packet.ip_at + ipv6_header_bytes;
  packet.message_bytes = get<uint16_t>(ip + 4);
  packet.protocol = ip[6];
  std::copy_n(ip + 8, packet.source.size(), packet.source.begin());
  std::copy_n(ip + 24, packet.destination.size(), packet.destination.begin());
  return packet.message_bytes >= icmp_header_bytes && ipv6_header_bytes + packet.message_bytes <= ip_bytes_max &&
         std::find(extension_headers.begin(), extension_headers.end(), packet.protocol) == extension_headers.end();
}

bool is_unicast(const Packet& packet) {
  if (!packet.is_v6) {
    const uint8_t first = packet.source[ipv4_in_ip];
    return first != 0 && first < 224;
  }
  return packet.source != Ip{} && packet.source[0] != 0xFF && !is_mapped(packet.source);
}

bool is_to_us(const World& world, const Packet& packet) {
  const bool our_family = is_mapped(world.self.address) != packet.is_v6;
  const bool our_mac = std::equal(world.self.mac.begin(), world.self.mac.end(), packet.frame);
  const bool from_a_group = (packet.frame[sizeof(Mac)] & 1U) != 0;
  return our_family && packet.destination == world.self.address && our_mac && !from_a_group && is_unicast(packet);
}

// Exactly the data of a probe, of this version.
bool has_probe(const Packet& packet) {
  return packet.message_bytes == icmp_header_bytes + probe_bytes &&
         get<uint32_t>(packet.probe()) == BUDDYRING_PROBE_MAGIC &&
         packet.probe()[version_at] == BUDDYRING_PROBE_VERSION;
}

// The frame goes back where it came from; what is in the message is the caller's.
void turn_round(const Packet& packet, Bytes& frame) {
  std::swap_ranges(frame.begin(), frame.begin() + sizeof(Mac), frame.begin() + sizeof(Mac));
  std::swap_ranges(frame.data() + packet.source_at(), frame.data() + packet.source_at() + packet.address_bytes(),
                   frame.data() + packet.destination_at());
  uint8_t* ip = frame.data() + packet.ip_at;
  if (packet.is_v6) {
    ip[7] = answer_hops;
    return;
  }
  ip[8] = answer_hops;
  put<uint16_t>(ip + 10, 0);
  put<uint16_t>(ip + 10, static_cast<uint16_t>(~fold(word_sum(ip, ipv4_header_bytes))));
}

// The reply's checksum: right where the request's was, else off by as much, as RFC 1624 has it.
void put_reply_checksum(const Packet& packet, Bytes& frame) {
  uint8_t* message = frame.data() + packet.message_at;
  const auto asked = get<uint16_t>(packet.message() + 2);
  const bool was_right = checksum_right(packet);
  const auto type_before = static_cast<uint16_t>(packet.message()[0] * 256 + packet.message()[1]);
  const auto type_after = static_cast<uint16_t>(packet.reply_type() * 256);
  put<uint16_t>(message + 2, 0);
  if (was_right) {
    const uint16_t sum = fold(word_sum(message, packet.message_bytes) + packet.outside_sum());
    put<uint16_t>(message + 2, static_cast<uint16_t>(~sum));
    return;
  }
  // Equation 3: HC' = ~(~HC + ~m + m').
  const uint16_t sum = fold(uint64_t{static_cast<uint16_t>(~asked)} + static_cast<uint16_t>(~type_before) + type_after);
  put<uint16_t>(message + 2, static_cast<uint16_t>(~sum));
}

// RFC 768: one that comes out as 0 is sent as all ones.
void put_udp_checksum(const Packet& packet, Bytes& frame) {
  uint8_t* message = frame.data() + packet.message_at;
  put<uint16_t>(message + packet.checksum_at(), 0);
  const auto checksum = static_cast<uint16_t>(~fold(word_sum(message, packet.message_bytes) + packet.outside_sum()));
  put<uint16_t>(message + packet.checksum_at(), checksum == 0 ? uint16_t{0xFFFF} : checksum);
}

uint16_t answer_flags(const World& world, const Packet& packet) {
  const Self& self = world.self;
  unsigned flags = 0;
  if (self.lease_fresh) {
    flags |= BUDDYRING_ANSWER_LEASE_FRESH;
  }
  if (self.member) {
    flags |= BUDDYRING_ANSWER_MEMBER;
  }
  const unsigned slot = slot_of(world, packet.source);
  if (slot != BUDDYRING_MAX_PEERS && world.peers[slot].role == WatchRole::buddy &&
      world.peers[slot].identity == get<uint64_t>(packet.probe() + sender_at)) {
    flags |= BUDDYRING_ANSWER_ASKER_IS_BUDDY;
  }
  if (self.keep_stale) {
    flags |= BUDDYRING_ANSWER_KEEP_STALE;
  }
  if (self.word_in_time && self.word >> BUDDYRING_EPOCH_SHIFT == (self.epoch & epoch_bits)) {
    flags |= BUDDYRING_ANSWER_WORD_FRESH;
    flags |= static_cast<unsigned>(self.word) & (BUDDYRING_ANSWER_DOUBTS_A | BUDDYRING_ANSWER_DOUBTS_B);
  }
  return static_cast<uint16_t>(flags);
}

// What a seal is good for, as a probe's and an answer's verdict.
struct Doubt {
  buddyring_verdict of_probe{};
  buddyring_verdict of_answer{};
};

// Nothing when it has the seal that the pool's keys ask for.
std::optional<Doubt> doubt(const World& world, const Sealer& sealer, const uint8_t* probe) {
  const uint8_t id = probe[key_at];
  const Key* key = key_of(world, id);
  if (key == nullptr) {
    return id == 0 ? Doubt{BUDDYRING_PASS_UNSEALED, BUDDYRING_DROP_UNSEALED}
                   : Doubt{BUDDYRING_PASS_UNKNOWN_KEY, BUDDYRING_DROP_UNKNOWN_KEY};
  }
  const bool right =
      id == 0 || std::ranges::equal(sealer.seal(key->secret, probe), std::span{probe + seal_at, seal_bytes});
  return right ? std::nullopt : std::optional(Doubt{BUDDYRING_PASS_BAD_SEAL, BUDDYRING_DROP_BAD_SEAL});
}

// Answered before, as far as the window tells, or of an incarnation that is over.
enum class Freshness : uint8_t { unknown, fresh, replayed };

Freshness freshness(const World& world, const Packet& packet) {
  const uint8_t* probe = packet.probe();
  const unsigned slot = slot_of(world, packet.source);
  if (probe[key_at] == 0 || slot == BUDDYRING_MAX_PEERS ||
      world.peers[slot].identity != get<uint64_t>(probe + sender_at)) {
    return Freshness::unknown;
  }
  const auto incarnation = get<uint64_t>(probe + incarnation_at);
  const uint64_t known = world.peers[slot].incarnation;
  if (incarnation == 0 || incarnation > known) {
    return Freshness::unknown;
  }
  const auto number = get<uint64_t>(probe + number_at);
  const buddyring_window& window = world.states[slot].window;
  const bool behind = window.highest >= BUDDYRING_WINDOW && number <= window.highest - BUDDYRING_WINDOW;
  const bool is_new = !behind && number > window.number[number % BUDDYRING_WINDOW];
  return incarnation == known && is_new ? Freshness::fresh : Freshness::replayed;
}

void answer(const World& world, const Sealer& sealer, const Packet& packet, bool is_probe, Judgement& out) {
  out.verdict = is_probe ? BUDDYRING_ANSWERED_PROBE : BUDDYRING_ANSWERED_PLAIN;
  out.fate = lab::Fate::answered;
  turn_round(packet, out.frame);
  uint8_t* message = out.frame.data() + packet.message_at;
  if (packet.is_udp()) {
    std::swap_ranges(message, message + 2, message + 2);
  } else {
    message[0] = packet.reply_type();
  }
  if (is_probe) {
    uint8_t* probe = message + icmp_header_bytes;
    probe[kind_at] = BUDDYRING_KIND_ANSWER;
    put<uint16_t>(probe + flags_at, answer_flags(world, packet));
    put<uint64_t>(probe + answerer_at, world.self.identity);
    put<uint64_t>(probe + incarnation_at, world.self.incarnation);
    put<uint64_t>(probe + epoch_at, world.self.epoch);
    if (probe[key_at] != 0) {
      std::ranges::copy(sealer.seal(key_of(world, probe[key_at])->secret, probe), probe + seal_at);
    }
  }
  if (packet.is_udp()) {
    put_udp_checksum(packet, out.frame);
  } else {
    put_reply_checksum(packet, out.frame);
  }
}

void judge_probe(const World& world, const Sealer& sealer, const Packet& packet, Judgement& out) {
  if (const auto doubted = doubt(world, sealer, packet.probe())) {
    out.verdict = doubted->of_probe;
    return;
  }
  const Freshness fresh = freshness(world, packet);
  if (fresh == Freshness::replayed) {
    out.verdict = BUDDYRING_DROP_REPLAYED;
    out.fate = lab::Fate::dropped;
    return;
  }
  answer(world, sealer, packet, true, out);
  if (fresh == Freshness::fresh) {
    out.effect = Effect::answered;
    out.slot = slot_of(world, packet.source);
    out.number = get<uint64_t>(packet.probe() + number_at);
  }
}

void judge_request(const World& world, const Sealer& sealer, const Packet& packet, Judgement& out) {
  if (has_probe(packet) && packet.probe()[kind_at] == BUDDYRING_KIND_PROBE) {
    if (!checksum_right(packet)) {
      out.verdict = packet.is_udp() ? BUDDYRING_PASS_BAD_UDP : BUDDYRING_PASS_BAD_ICMP;
    } else if (get<uint64_t>(packet.probe() + target_at) != world.self.identity) {
      out.verdict = BUDDYRING_PASS_WRONG_TARGET;
    } else {
      judge_probe(world, sealer, packet, out);
    }
  } else if (slot_of(world, packet.source) != BUDDYRING_MAX_PEERS) {
    answer(world, sealer, packet, false, out);
  } else {
    out.verdict = BUDDYRING_PASS_UNKNOWN_ASKER;
  }
}

buddyring_answer_class class_of(const Peer& peer, const uint8_t* probe) {
  const auto flags = get<uint16_t>(probe + flags_at);
  if (probe[kind_at] == BUDDYRING_KIND_PROBE) {
    return BUDDYRING_PLAIN;
  }
  if (get<uint64_t>(probe + answerer_at) != peer.identity) {
    return BUDDYRING_OTHER_IDENTITY;
  }
  if ((flags & BUDDYRING_ANSWER_MEMBER) == 0) {
    return BUDDYRING_NOT_MEMBER;
  }
  if (get<uint64_t>(probe + incarnation_at) != peer.incarnation) {
    return BUDDYRING_OTHER_INCARNATION;
  }
  if ((flags & BUDDYRING_ANSWER_LEASE_FRESH) != 0) {
    return BUDDYRING_LIVE;
  }
  return (flags & BUDDYRING_ANSWER_KEEP_STALE) != 0 ? BUDDYRING_STALE_KEPT : BUDDYRING_STALE_LEASE;
}

void judge_reply(const World& world, const Sealer& sealer, const Packet& packet, Judgement& out) {
  const uint8_t* probe = packet.probe();
  out.slot = slot_of(world, packet.source);
  if (!has_probe(packet) || (probe[kind_at] != BUDDYRING_KIND_PROBE && probe[kind_at] != BUDDYRING_KIND_ANSWER) ||
      out.slot == BUDDYRING_MAX_PEERS || get<uint64_t>(probe + sender_at) != world.self.identity ||
      (packet.is_udp() && packet.source_port() != world.self.probe_port)) {
    out.verdict = BUDDYRING_PASS_FOREIGN_REPLY;
    return;
  }
  if (!checksum_right(packet)) {
    out.verdict = packet.is_udp() ? BUDDYRING_PASS_BAD_UDP : BUDDYRING_PASS_BAD_ICMP;
    return;
  }
  out.fate = lab::Fate::dropped;
  if (const auto doubted = doubt(world, sealer, probe)) {
    out.verdict = doubted->of_answer;
    return;
  }
  out.number = get<uint64_t>(probe + number_at);
  const buddyring_peer_state& state = world.states[out.slot];
  const buddyring_flight& flight = state.flight[out.number % BUDDYRING_FLIGHTS];
  if (out.number == 0 || flight.number != out.number || flight.nonce != get<uint64_t>(probe + nonce_at)) {
    out.verdict = BUDDYRING_DROP_UNMATCHED;
    out.effect = out.number > state.departed_number ? Effect::unstamped : Effect::none;
  } else if (flight.key != probe[key_at]) {
    out.verdict = probe[key_at] == 0 ? BUDDYRING_DROP_UNSEALED : BUDDYRING_DROP_UNKNOWN_KEY;
  } else if (flight.arrived_ns != 0) {
    out.verdict = BUDDYRING_DROP_DUPLICATE;
  } else {
    out.verdict = BUDDYRING_ARRIVED;
    out.fate = lab::Fate::taken;
    out.effect = Effect::arrived;
    out.answer_class = class_of(world.peers[out.slot], probe);
    out.incarnation = get<uint64_t>(probe + incarnation_at);
    out.said = get<uint64_t>(probe + epoch_at) << BUDDYRING_EPOCH_SHIFT | get<uint16_t>(probe + flags_at);
  }
}

void judge_echo(const World& world, const Sealer& sealer, const Packet& packet, Judgement& out) {
  const uint8_t* message = packet.message();
  const bool is_echo = message[0] == packet.request_type() || message[0] == packet.reply_type();
  if (packet.protocol != (packet.is_v6 ? protocol_icmpv6 : protocol_icmp) || !is_echo || message[1] != 0) {
    out.verdict = BUDDYRING_PASS_NOT_ECHO;
  } else if (message[0] == packet.request_type()) {
    judge_request(world, sealer, packet, out);
  } else {
    judge_reply(world, sealer, packet, out);
  }
}

void judge_datagram(const World& world, const Sealer& sealer, const Packet& packet, Judgement& out) {
  const bool is_whole = get<uint16_t>(packet.message() + 4) == packet.message_bytes && has_probe(packet);
  const uint8_t kind = is_whole ? packet.probe()[kind_at] : uint8_t{0};
  if (packet.destination_port() != world.self.probe_port) {
    out.verdict = BUDDYRING_PASS_NOT_ECHO;
  } else if (packet.source_port() == 0 || (kind != BUDDYRING_KIND_PROBE && kind != BUDDYRING_KIND_ANSWER)) {
    out.verdict = BUDDYRING_PASS_OTHER_DATAGRAM;
  } else if (kind == BUDDYRING_KIND_PROBE) {
    judge_request(world, sealer, packet, out);
  } else {
    judge_reply(world, sealer, packet, out);
  }
}

}  // namespace

void judge(const World& world, const Sealer& sealer, const Bytes& frame, Judgement& out) {
  out.frame = frame;
  out.fate = lab::Fate::passed;
  out.effect = Effect::none;
  out.is_udp = false;
  Packet packet{.frame = frame.data()};
  uint16_t type = 0;
  const bool has_type = find_ip(frame, packet.ip_at, type);
  packet.is_v6 = type == type_ipv6;
  const size_t header_bytes = packet.is_v6 ? ipv6_header_bytes : ipv4_header_bytes;
  if (!has_type || (type != type_ipv4 && type != type_ipv6) || frame.size() < packet.ip_at + header_bytes ||
      packet.ip()[0] >> 4U != (packet.is_v6 ? 6 : 4)) {
    out.verdict = BUDDYRING_PASS_NOT_IP;
    return;
  }
  const size_t ip_bytes_max = frame.size() - packet.ip_at;
  if (!(packet.is_v6 ? is_usual_v6(packet, ip_bytes_max) : is_usual_v4(packet, ip_bytes_max))) {
    out.verdict = BUDDYRING_PASS_UNUSUAL_IP;
    return;
  }
  if (!is_to_us(world, packet)) {
    out.verdict = BUDDYRING_PASS_OTHER_DESTINATION;
    return;
  }
  out.is_udp = packet.is_udp();
  if (out.is_udp) {
    judge_datagram(world, sealer, packet, out);
  } else {
    judge_echo(world, sealer, packet, out);
  }
}

}  // namespace buddyring::differential
