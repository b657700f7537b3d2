// SPDX-License-Identifier: Apache-2.0
// World: what the agent has put into the maps, and what must stand in those that
// the programs write, as the reference knows them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bpf/contract.h"
#include "core/watch_set.h"
#include "tests/differential/frame.h"
#include "tests/differential/seal.h"

namespace buddyring::differential {

// What the agent says of itself. A lease or word is either long over or holds for
// hours, so that no frame falls on the instant at which it ends.
struct Self {
  Ip address{};
  Mac mac{};
  uint16_t probe_port = 0;
  uint64_t identity = 0;
  uint64_t incarnation = 0;
  uint64_t epoch = 0;
  bool member = false;
  bool lease_fresh = false;
  bool keep_stale = false;
  bool word_in_time = false;
  uint64_t word = 0;
};

// A key of probes. Those that are not taken are known to the generator alone, as to a
// server that is a step ahead or behind in an exchange of keys.
struct Key {
  uint8_t id = 0;  // 0 stands for no seal
  bool taken = false;
  Secret secret{};
};

struct Peer {
  bool watched = false;
  WatchRole role = WatchRole::buddy;
  Ip address{};
  uint64_t identity = 0;
  uint64_t incarnation = 0;
};

struct World {
  Self self;
  std::array<Key, 4> keys{};  // the first has id 0
  std::array<Peer, BUDDYRING_MAX_PEERS> peers{};
  std::vector<buddyring_peer_state> states{BUDDYRING_MAX_PEERS};
  std::vector<buddyring_rtt_histogram> histograms{BUDDYRING_MAX_PEERS};
  std::array<uint64_t, BUDDYRING_VERDICTS> verdicts{};
};

// The key that is taken under `id`; nullptr when none is.
[[nodiscard]] inline const Key* key_of(const World& world, uint8_t id) {
  for (const Key& key : world.keys) {
    if (key.taken && key.id == id) {
      return &key;
    }
  }
  return nullptr;
}

// The slot that watches `address`, or BUDDYRING_MAX_PEERS.
[[nodiscard]] inline unsigned slot_of(const World& world, const Ip& address) {
  unsigned slot = 0;
  while (slot < BUDDYRING_MAX_PEERS && !(world.peers[slot].watched && world.peers[slot].address == address)) {
    ++slot;
  }
  return slot;
}

}  // namespace buddyring::differential
