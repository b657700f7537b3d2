// SPDX-License-Identifier: Apache-2.0
// Subject: the loaded kernel programs, attached to nothing, with their maps set
// as the agent sets them: its own page through mapped memory, whom it watches
// through the adapter that the agent uses.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "bpf/contract.h"
#include "kernel/mapped_map.h"
#include "kernel/peer_slots.h"
#include "kernel/skeleton.h"
#include "tests/differential/frame.h"
#include "tests/differential/world.h"
#include "tests/lab/hook.h"

namespace buddyring::differential {

// A frame of BPF_PROG_TEST_RUN: an Ethernet header at least, and what a page holds
// beside its own room.
inline constexpr size_t frame_bytes_min = ethernet_header_bytes;
inline constexpr size_t frame_bytes_max = 3520;

// For tc ingress it must hold the header of its EtherType, too.
[[nodiscard]] bool may_come_at_tc(const Bytes& frame);

class Subject {
 public:
  // Throws StartupError.
  Subject();

  // Throws std::runtime_error when the kernel refuses the run; all below likewise.
  // `frame` comes in, at one of the hooks.
  uint32_t run_judge(lab::Hook hook, const Bytes& frame, Bytes& after);
  uint32_t run_egress(const Bytes& frame, Bytes& after);
  // Of all CPUs together.
  [[nodiscard]] std::array<uint64_t, BUDDYRING_VERDICTS> verdicts();

  void set_self(const Self& self);
  void set_keys(std::span<const Key> keys);
  // The identity in `peer` is overwritten: it follows from the name.
  void watch(unsigned slot, Peer& peer);
  void set_role(unsigned slot, WatchRole role);
  void unwatch(unsigned slot);
  // Nobody is watched, and nothing is remembered of anybody.
  void forget_all();

  [[nodiscard]] buddyring_peer_state& state(unsigned slot) const { return states_[slot]; }
  [[nodiscard]] const buddyring_rtt_histogram& histogram(unsigned slot) const { return histograms_[slot]; }

 private:
  Skeleton skeleton_;
  PeerSlots slots_;
  MappedMap<buddyring_agent> agent_;
  MappedMap<buddyring_peer_state> states_;
  MappedMap<buddyring_rtt_histogram> histograms_;
  std::vector<uint64_t> counters_;  // of each verdict, of each CPU
};

}  // namespace buddyring::differential
