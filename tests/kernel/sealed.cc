// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/sealed.h"

#include <algorithm>

#include "core/sip_hash.h"

namespace buddyring {
namespace {

constexpr size_t seal_offset = 72;

std::array<uint8_t, limits::pool_key_bytes> pool_key(uint8_t id) {
  std::array<uint8_t, limits::pool_key_bytes> key{};
  key.fill(static_cast<uint8_t>(0x40 + id));
  return key;
}

}  // namespace

ProbeKeys SealedPrograms::keys_of(std::initializer_list<uint8_t> ids) {
  ProbeKeys keys;
  for (const uint8_t id : ids) {
    keys.add(id, pool_key(id), false);
  }
  return keys;
}

Probe SealedPrograms::sealed(Probe probe, uint8_t id) { return sealed(probe, id, id); }

Probe SealedPrograms::sealed(Probe probe, uint8_t id, uint8_t made_with) {
  probe.key = id;
  const ProbeKeys keys = keys_of({made_with});
  const Bytes bytes = probe.bytes();
  probe.seal = sip_hash(keys.all().front().secret, std::span{bytes}.first(seal_offset));
  return probe;
}

Probe SealedPrograms::probe_of_the_peer(uint64_t number) { return {.number = number, .incarnation = peer_incarnation}; }

Packet SealedPrograms::answer_to(Probe asked, uint16_t flags) const {
  asked.kind = 2;
  asked.flags = flags;
  asked.answerer = our_identity;
  asked.incarnation = our_incarnation;
  asked.epoch = our_epoch;
  return reply().from(us, our_mac).to(the_peer, peer_mac).hops(64).probe(sealed(asked, asked.key));
}

void SealedPrograms::depart(uint64_t number, uint8_t id) {
  const Probe probe = id == key_none ? our_probe(number) : sealed(our_probe(number), id);
  EXPECT_EQ(run_egress(outgoing(probe).frame()).action, static_cast<uint32_t>(-1));
  EXPECT_EQ(state().departed_number, number);
  EXPECT_EQ(state().flight[number % BUDDYRING_FLIGHTS].key, id);
}

}  // namespace buddyring
