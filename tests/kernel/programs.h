// SPDX-License-Identifier: Apache-2.0
// Programs: the loaded kernel programs, run on single frames by BPF_PROG_TEST_RUN,
// with their maps at hand. Attached to nothing.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "bpf/contract.h"
#include "kernel/mapped_map.h"
#include "kernel/skeleton.h"
#include "tests/kernel/packet.h"

namespace buddyring {

using Verdicts = std::array<uint64_t, BUDDYRING_VERDICTS>;

struct Outcome {
  uint32_t action = 0;
  Bytes frame;
};

// Slot 3 watches the peer; we are a member with a lease that never ends.
class Programs : public testing::Test {
 protected:
  static constexpr unsigned slot = 3;
  static constexpr uint64_t our_incarnation = 70;
  static constexpr uint64_t our_epoch = 7;
  static constexpr uint64_t peer_incarnation = 90;

  Programs();

  [[nodiscard]] Outcome run_xdp(const Bytes& frame);
  [[nodiscard]] Outcome run_egress(const Bytes& frame);
  // Runs XDP and checks the action, the frame afterwards and that exactly the
  // counter of `verdict` rose, by one.
  void expect(const Bytes& frame, buddyring_verdict verdict, uint32_t action, const Bytes& after);
  void expect_passed(const Bytes& frame, buddyring_verdict verdict);
  void expect_dropped(const Bytes& frame, buddyring_verdict verdict);
  [[nodiscard]] Verdicts verdicts() const;

  // Our own probe to the peer, and the peer's live answer to it.
  [[nodiscard]] static Probe our_probe(uint64_t number);
  [[nodiscard]] static Probe live_answer(uint64_t number);
  [[nodiscard]] static Packet outgoing(const Probe& probe);
  [[nodiscard]] static Packet incoming(const Probe& probe);
  // Sends probe `number` through the egress program.
  void depart(uint64_t number);

  [[nodiscard]] buddyring_agent& agent() { return agent_[0]; }
  [[nodiscard]] buddyring_peer& peer() { return peers_[slot]; }
  [[nodiscard]] buddyring_peer_state& state() { return states_[slot]; }
  [[nodiscard]] buddyring_rtt_histogram& histogram() { return histograms_[slot]; }
  [[nodiscard]] const Skeleton& skeleton() const { return skeleton_; }

 private:
  Skeleton skeleton_;
  MappedMap<buddyring_agent> agent_;
  MappedMap<buddyring_peer> peers_;
  MappedMap<buddyring_peer_state> states_;
  MappedMap<buddyring_rtt_histogram> histograms_;
};

}  // namespace buddyring
