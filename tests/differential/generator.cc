// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/generator.h"

#include <algorithm>

namespace buddyring::differential {
namespace {

constexpr uint64_t epoch_bits = (uint64_t{1} << (64 - BUDDYRING_EPOCH_SHIFT)) - 1;

// Of the slots in use, one; BUDDYRING_MAX_PEERS when none is.
unsigned any_watched(const World& world, Prng& prng) {
  std::array<unsigned, BUDDYRING_MAX_PEERS> watched{};
  size_t count = 0;
  for (unsigned slot = 0; slot < BUDDYRING_MAX_PEERS; ++slot) {
    if (world.peers[slot].watched) {
      watched[count++] = slot;
    }
  }
  return count == 0 ? BUDDYRING_MAX_PEERS : watched[prng.below(count)];
}

}  // namespace

Mac Generator::mac() {
  Mac drawn{};
  put<uint32_t>(drawn.data() + 2, static_cast<uint32_t>(prng_.next()));
  drawn[0] = static_cast<uint8_t>(prng_.next() & 0xFEU);  // no group's
  return drawn;
}

Ip Generator::address(bool is_v6) {
  Ip drawn{};
  if (is_v6) {
    put<uint64_t>(drawn.data(), prng_.next());
    put<uint64_t>(drawn.data() + 8, chance(0.5) ? prng_.below(256) : prng_.next());
    drawn[0] = chance(0.5) ? 0xFD : 0xFE;
    drawn[1] = drawn[0] == 0xFE ? 0x80 : drawn[1];  // else link-local
    return drawn;
  }
  std::array<uint8_t, 4> bytes{};
  put<uint32_t>(bytes.data(), static_cast<uint32_t>(prng_.next()));
  bytes[0] = static_cast<uint8_t>(1 + prng_.below(223));
  return mapped(bytes.data());
}

uint64_t Generator::number() { return chance(0.7) ? prng_.below(1000) : prng_.next() >> prng_.below(64); }

uint64_t Generator::epoch() { return number() & epoch_bits; }

uint64_t Generator::word(uint64_t epoch) {
  const uint64_t about = chance(0.7) ? epoch : chance(0.5) ? epoch - 1 : this->epoch();
  const uint64_t flags = chance(0.8) ? prng_.below(4) * BUDDYRING_ANSWER_DOUBTS_A : prng_.next() & 0xFFFFU;
  return about << BUDDYRING_EPOCH_SHIFT | flags;
}

Self Generator::self() {
  Self self;
  self.address = address(chance(0.5));
  self.mac = mac();
  self.probe_port = static_cast<uint16_t>(chance(0.5) ? 7946 : 1 + prng_.below(0xFFFF));
  self.identity = prng_.next();
  age(self);
  return self;
}

void Generator::age(Self& self) {
  self.incarnation = number();
  self.epoch = epoch();
  self.member = chance(0.8);
  self.lease_fresh = chance(0.7);
  self.keep_stale = chance(0.5);
  self.word_in_time = chance(0.6);
  self.word = word(self.epoch);
}

std::array<Key, 4> Generator::keys() {
  std::array<Key, 4> keys{};
  const bool without = chance(0.4);
  keys[0].taken = without || chance(0.2);
  for (size_t i = 1; i < keys.size(); ++i) {
    keys[i].id = static_cast<uint8_t>(i + prng_.below(2) * 0x80U);
    keys[i].taken = !without && chance(0.6);
    put<uint64_t>(keys[i].secret.data(), prng_.next());
    put<uint64_t>(keys[i].secret.data() + 8, prng_.next());
  }
  return keys;
}

const Key& Generator::key(const World& world) {
  const Key* drawn = &world.keys[prng_.below(world.keys.size())];
  for (int again = 0; again < 8 && !drawn->taken && chance(0.95); ++again) {
    drawn = &world.keys[prng_.below(world.keys.size())];
  }
  return *drawn;
}

// With its seal, or one that is off by a bit, or another's.
void Generator::seal(const Key& key, ProbeFields& probe, Bytes& data) {
  probe.key = key.id;
  if (chance(0.05)) {
    probe.reserved[prng_.below(probe.reserved.size())] = static_cast<uint8_t>(prng_.next());
  }
  probe.write(data);
  Secret secret = key.secret;
  if (chance(0.05)) {
    secret[prng_.below(secret.size())] ^= 1U;
  }
  if (key.id != 0 || chance(0.1)) {
    probe.seal = sealer_.seal(secret, data.data());
  }
  if (chance(0.05)) {
    probe.seal[prng_.below(probe.seal.size())] ^= static_cast<uint8_t>(1U << prng_.below(8));
  }
  probe.write(data);
}

Peer Generator::peer(const Self& self) {
  const bool is_v6 = is_mapped(self.address) == chance(0.05);
  return {.watched = true,
          .role = chance(0.7) ? WatchRole::buddy : WatchRole::beyond,
          .address = address(is_v6),
          .identity = prng_.next(),
          .incarnation = number()};
}

void Generator::fill(Bytes& data) {
  const unsigned kind = static_cast<unsigned>(prng_.below(20));
  size_t bytes = prng_.below(100);
  if (kind == 0) {
    bytes = prng_.below(1473);
  } else if (kind == 1) {
    bytes = 76 + prng_.below(10);  // about as many as a probe has
  }
  data.assign(bytes, chance(0.7) ? 0 : 0xFF);
  if (chance(0.7)) {
    for (size_t i = 0; i + 8 <= bytes; i += 8) {
      put<uint64_t>(data.data() + i, prng_.next());
    }
  }
}

Draft Generator::blank(bool is_v6) {
  Draft draft;
  draft.is_v6 = is_v6;
  draft.ether_type = is_v6 ? type_ipv6 : type_ipv4;
  draft.version = is_v6 ? 6 : 4;
  draft.protocol = is_v6 ? protocol_icmpv6 : protocol_icmp;
  const uint64_t random = prng_.next();
  draft.identification = static_cast<uint16_t>(random);
  draft.fragment = (random & 0x10000U) != 0 ? 0x4000 : 0;
  draft.flow_label = static_cast<uint32_t>(random >> 17U);
  draft.traffic_class = static_cast<uint8_t>(random >> 37U);
  draft.hops = static_cast<uint8_t>(random >> 45U);
  if (chance(0.9)) {  // else zeros, as all of the message may be
    draft.identifier = static_cast<uint16_t>(prng_.next());
    draft.sequence = static_cast<uint16_t>(prng_.next());
  }
  if (chance(0.3)) {
    draft.tags = chance(0.6) ? 1 : 2;
    for (Tag& tag : draft.tag) {
      tag = {.type = chance(0.5) ? type_c_tag : type_s_tag, .control = static_cast<uint16_t>(prng_.next())};
    }
  }
  return draft;
}

void Generator::put_into_datagram(const Self& self, Draft& draft) {
  draft.protocol = protocol_udp;
  draft.destination_port = self.probe_port;
  draft.source_port = chance(0.8) ? self.probe_port : static_cast<uint16_t>(prng_.next());
  draft.without_checksum = chance(0.1);
}

void Generator::draw_asker(const World& world, Draft& draft) {
  const unsigned slot = any_watched(world, prng_);
  if (slot != BUDDYRING_MAX_PEERS && chance(0.75)) {
    draft.source = world.peers[slot].address;
    draft.from = mac();
    return;
  }
  draft.source = address(draft.is_v6);
  draft.from = mac();
}

void Generator::draw_probe(const World& world, Draft& draft) {
  ProbeFields probe{.number = number(),
                    .sender = prng_.next(),
                    .target = chance(0.9) ? world.self.identity : prng_.next(),
                    .nonce = prng_.next()};
  const unsigned slot = slot_of(world, draft.source);
  if (slot != BUDDYRING_MAX_PEERS && chance(0.9)) {
    draw_asker_fields(world, slot, probe);
  } else if (const unsigned other = any_watched(world, prng_); other != BUDDYRING_MAX_PEERS && chance(0.3)) {
    probe.sender = world.peers[other].identity;
  }
  if (chance(0.2)) {  // what an asker should have left empty
    probe.flags = static_cast<uint16_t>(prng_.next());
    probe.answerer = prng_.next();
    probe.incarnation = prng_.next();
    probe.epoch = prng_.next();
  }
  seal(key(world), probe, draft.data);
}

// Of a peer that asks: about the limits of the window, in this incarnation and others.
void Generator::draw_asker_fields(const World& world, unsigned slot, ProbeFields& probe) {
  const Peer& peer = world.peers[slot];
  probe.sender = peer.identity;
  if (chance(0.8)) {
    const uint64_t highest = std::max<uint64_t>(world.states[slot].window.highest, uint64_t{2} * BUDDYRING_WINDOW);
    probe.number = highest + prng_.below(4 + BUDDYRING_WINDOW) - (chance(0.5) ? BUDDYRING_WINDOW + 2 : 3);
  }
  if (chance(0.9)) {
    probe.incarnation = chance(0.8) ? peer.incarnation : peer.incarnation + prng_.below(3) - 1;
  }
}

void Generator::draw_answer_fields(const World& world, unsigned slot, ProbeFields& probe) {
  if (chance(0.1)) {
    return;  // as it was sent: a kernel without our program returned it
  }
  const Peer& peer = world.peers[slot];
  probe.kind = 2;
  probe.flags = static_cast<uint16_t>(chance(0.7) ? 3 + prng_.below(16) * 4 : prng_.next());
  probe.answerer = chance(0.9) ? peer.identity : prng_.next();
  probe.incarnation = chance(0.8) ? peer.incarnation : number();
  probe.epoch = chance(0.8) ? epoch() : prng_.next();
}

void Generator::draw_answer(const World& world, const std::deque<Departed>& departed, Draft& draft) {
  draft.type = draft.is_v6 ? 129 : 0;
  Departed fits{.slot = any_watched(world, prng_), .number = number(), .nonce = prng_.next(), .key = key(world).id};
  if (!departed.empty() && chance(0.9)) {
    // Mostly the latest; the rest are duplicates or overtaken by later ones.
    const size_t back = chance(0.6) ? prng_.below(std::min<size_t>(departed.size(), 4)) : prng_.below(departed.size());
    fits = departed[departed.size() - 1 - back];
  }
  if (fits.slot == BUDDYRING_MAX_PEERS) {
    return;
  }
  const Peer& peer = world.peers[fits.slot];
  ProbeFields probe{.number = fits.number, .sender = world.self.identity, .target = peer.identity, .nonce = fits.nonce};
  draw_answer_fields(world, fits.slot, probe);
  if (chance(0.1)) {
    switch (prng_.below(4)) {
      case 0:
        probe.nonce ^= uint64_t{1} << prng_.below(64);
        break;
      case 1:
        probe.number += chance(0.5) ? 1 : BUDDYRING_FLIGHTS;
        break;
      case 2:
        probe.number = chance(0.5) ? 0 : probe.number - BUDDYRING_FLIGHTS;
        break;
      default:
        probe.sender = prng_.next();
    }
  }
  if (chance(0.95)) {
    draft.source = peer.address;
  }
  const auto asked_with = std::ranges::find(world.keys, fits.key, &Key::id);
  seal(chance(0.95) && asked_with != world.keys.end() ? *asked_with : key(world), probe, draft.data);
}

Draft Generator::incoming(const World& world, const std::deque<Departed>& departed) {
  Draft draft = blank(is_mapped(world.self.address) == chance(0.04));
  draft.to = world.self.mac;
  draft.destination = world.self.address;
  if (is_mapped(draft.destination) == draft.is_v6 && chance(0.7)) {
    draft.destination = address(draft.is_v6);
  }
  draw_asker(world, draft);
  draft.type = draft.is_v6 ? 128 : 8;
  switch (prng_.below(4)) {
    case 0:
      fill(draft.data);
      break;
    case 1:
      draw_probe(world, draft);
      break;
    case 2:
      draw_answer(world, departed, draft);
      break;
    default:
      if (chance(0.7)) {
        draw_answer(world, departed, draft);
      } else {
        fill(draft.data);
        draft.type = chance(0.5) ? draft.type : static_cast<uint8_t>(prng_.next());
      }
  }
  if (chance(0.4)) {
    put_into_datagram(world.self, draft);
  }
  if (chance(0.2)) {
    draft.padding_bytes = prng_.below(64);
  }
  return draft;
}

Draft Generator::outgoing(const World& world, unsigned slot, const Departed& probe) {
  const Peer& peer = world.peers[slot];
  Draft draft = blank(!is_mapped(peer.address));
  draft.hops = 64;
  draft.type = draft.is_v6 ? 128 : 8;
  draft.from = world.self.mac;
  draft.to = mac();
  draft.source = world.self.address;
  draft.destination = peer.address;
  ProbeFields fields{.number = probe.number,
                     .sender = world.self.identity,
                     .target = peer.identity,
                     .nonce = probe.nonce,
                     .incarnation = world.self.incarnation};
  const auto key = std::ranges::find(world.keys, probe.key, &Key::id);
  seal(*key, fields, draft.data);
  if (chance(0.5)) {
    put_into_datagram(world.self, draft);
    draft.source_port = world.self.probe_port;
  }
  return draft;
}

}  // namespace buddyring::differential
