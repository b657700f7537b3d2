// SPDX-License-Identifier: Apache-2.0
// PeerSlots: the watched servers as the kernel programs know them, one a slot.
//
// Theory of operation. The programs find a slot by address in `peer_slots`, so
// that entry is written last and deleted first: nothing is recorded into a slot
// while it changes hands. A program that looked the slot up just before may
// still write one answer afterwards; its flight is gone by then, so it would
// have to be inside the very few instructions after the match.
#pragma once

#include <bitset>
#include <string>

#include "bpf/contract.h"
#include "core/observation.h"
#include "core/result.h"
#include "core/server.h"
#include "core/watch_set.h"
#include "kernel/mapped_map.h"
#include "kernel/skeleton.h"

namespace buddyring {

class PeerSlots {
 public:
  // Throws StartupError.
  PeerSlots(const Skeleton& skeleton, std::string pool);

  // Frees every slot.
  void clear();
  // The slots that are in use stay so for now, watched by nobody: who is to be
  // watched takes its slot over, wherever that is, and is counted without a gap.
  void inherit();
  // Frees those that nobody took over.
  void drop_inherited();

  // REQUIRES slot < BUDDYRING_MAX_PEERS for each.
  Status watch(unsigned slot, const Server& server, WatchRole role);
  Status unwatch(unsigned slot);
  Status set_role(unsigned slot, WatchRole role);
  [[nodiscard]] Observation observe(unsigned slot) const;

 private:
  [[nodiscard]] Status enter(unsigned slot, const Server& server);

  std::string pool_;
  std::bitset<BUDDYRING_MAX_PEERS> inherited_;
  int slots_fd_;
  MappedMap<buddyring_peer> peers_;
  MappedMap<buddyring_peer_state> states_;
  MappedMap<buddyring_rtt_histogram> histograms_;
};

}  // namespace buddyring
