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

// Slot 3 watches the peer; we are a member with a lease that never ends. All addresses are of one family.
class Programs : public testing::Test {
 protected:
  static constexpr unsigned slot = 3;
  static constexpr uint64_t our_incarnation = 70;
  static constexpr uint64_t our_epoch = 7;
  static constexpr uint64_t peer_incarnation = 90;

  explicit Programs(Family family = Family::ipv4);

  // From the peer to us.
  [[nodiscard]] Packet request() const { return Packet::request(family_); }
  [[nodiscard]] Packet reply() const { return Packet::reply(family_); }

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
  [[nodiscard]] Packet outgoing(const Probe& probe) const;
  [[nodiscard]] Packet incoming(const Probe& probe) const;
  // Sends probe `number` through the egress program.
  void depart(uint64_t number);

  [[nodiscard]] buddyring_agent& agent() { return agent_[0]; }
  [[nodiscard]] buddyring_peer& peer() { return peers_[slot]; }
  [[nodiscard]] buddyring_peer_state& state() { return states_[slot]; }
  [[nodiscard]] buddyring_rtt_histogram& histogram() { return histograms_[slot]; }
  [[nodiscard]] const Skeleton& skeleton() const { return skeleton_; }
  [[nodiscard]] Family family() const { return family_; }

 private:
  Family family_;
  Skeleton skeleton_;
  MappedMap<buddyring_agent> agent_;
  MappedMap<buddyring_peer> peers_;
  MappedMap<buddyring_peer_state> states_;
  MappedMap<buddyring_rtt_histogram> histograms_;
};

// For tests that hold for both families: TEST_P, instantiated with `both_families`.
class ProgramsOfBothFamilies : public Programs, public testing::WithParamInterface<Family> {
 protected:
  ProgramsOfBothFamilies() : Programs(GetParam()) {}
};
inline const auto both_families = testing::Values(Family::ipv4, Family::ipv6);
inline const auto family_name = [](const testing::TestParamInfo<Family>& info) { return name_of(info.param); };

}  // namespace buddyring
