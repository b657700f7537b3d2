// SPDX-License-Identifier: Apache-2.0
// Programs: the loaded kernel programs, run on single frames by BPF_PROG_TEST_RUN,
// with their maps at hand. Attached to nothing. What comes in is judged by the
// program of either hook, which differ in nothing but how they say it.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "bpf/contract.h"
#include "kernel/mapped_map.h"
#include "kernel/skeleton.h"
#include "posix/probe_keys.h"
#include "tests/kernel/packet.h"
#include "tests/lab/hook.h"

namespace buddyring {

using Verdicts = std::array<uint64_t, BUDDYRING_VERDICTS>;

using lab::Fate;
using lab::Hook;

// What BPF_PROG_TEST_RUN takes for the interface of a frame.
inline constexpr uint32_t loopback_ifindex = 1;

struct Outcome {
  uint32_t action = 0;
  Bytes frame;
};

// How a frame of one family comes in.
struct Way {
  Family family = Family::ipv4;
  Hook hook = Hook::xdp;
};

// Slot 3 watches the peer; we are a member with a lease that never ends. All addresses are of one family.
class Programs : public testing::Test {
 protected:
  static constexpr unsigned slot = 3;
  static constexpr uint64_t our_incarnation = 70;
  static constexpr uint64_t our_epoch = 7;
  static constexpr uint64_t peer_incarnation = 90;

  explicit Programs(Way way = {});

  // From now on these are the pool's; at first it has none.
  void take_keys(const ProbeKeys& keys);

  // From the peer to us.
  [[nodiscard]] Packet request() const { return Packet::request(family()); }
  [[nodiscard]] Packet reply() const { return Packet::reply(family()); }

  // By the program of our hook.
  [[nodiscard]] Outcome run_judge(const Bytes& frame);
  [[nodiscard]] Outcome run_egress(const Bytes& frame);
  // The action by which our hook says so.
  [[nodiscard]] uint32_t action_of(Fate fate) const { return lab::action_of(way_.hook, fate); }
  // Has the frame judged and checks its fate, the frame afterwards and that exactly
  // the counter of `verdict` rose, by one.
  void expect(const Bytes& frame, buddyring_verdict verdict, Fate fate, const Bytes& after);
  void expect_passed(const Bytes& frame, buddyring_verdict verdict);
  // Taken, where it is the answer that was awaited.
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
  [[nodiscard]] Family family() const { return way_.family; }

 private:
  Way way_;
  Skeleton skeleton_;
  MappedMap<buddyring_agent> agent_;
  MappedMap<buddyring_peer> peers_;
  MappedMap<buddyring_peer_state> states_;
  MappedMap<buddyring_rtt_histogram> histograms_;
};

// For tests that hold for both families and hooks: TEST_P, instantiated with `all_ways`.
class ProgramsAllWays : public Programs, public testing::WithParamInterface<Way> {
 protected:
  ProgramsAllWays() : Programs(GetParam()) {}
};
inline const auto all_ways = testing::Values(Way{Family::ipv4, Hook::xdp}, Way{Family::ipv6, Hook::xdp},
                                             Way{Family::ipv4, Hook::tc}, Way{Family::ipv6, Hook::tc});
[[nodiscard]] std::string name_of(Way way);
inline const auto way_name = [](const testing::TestParamInfo<Way>& info) { return name_of(info.param); };

}  // namespace buddyring
