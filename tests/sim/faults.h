// SPDX-License-Identifier: Apache-2.0
// Faults: what goes wrong in a run, drawn from its seed.
//
// Theory of operation. A run alternates between windows, in which faults begin
// and end, and quiet, in which all of them are over and the pool has to become
// whole. Lasting faults are kept in a list from which the effects are made anew
// at each change, so that overlapping ones do not end each other. Whom a fault
// befalls is drawn when it begins, for it may depend on who is alive then.
#pragma once

#include <array>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/world.h"

namespace buddyring::sim {

enum class FaultKind : uint8_t {
  loss,
  delay,
  duplication,
  reordering,
  one_way_cut,
  pair_cut,
  partition,
  isolation,
  unplugged,
  crash,
  reboot,
  agent_stopped,
  agent_starved,
  agent_killed,
  leave,
  registry_down,
  registry_slow,
  registry_unreachable,
  reply_lost,
  message_lost,
  message_repeated,
  adjacent_deaths,
  rack,
  concurrent_announces,
  duplicate_address,
  impostor,
  probe_failed,
  answers_vanish,
  verdicts_paused,
  clock_rate,  // in every run: each host's clock has its own
};
inline constexpr size_t fault_kinds = 30;
[[nodiscard]] const char* name_of(FaultKind kind);

using FaultCounts = std::array<uint64_t, fault_kinds>;
using FaultChoice = std::array<bool, fault_kinds>;  // which may be drawn

struct Fault {
  FaultKind kind = FaultKind::loss;
  Nanos until = 0;
  double share = 0;  // of packets, of replies
  Nanos span = 0;    // of a delay
  NodeId from = nobody;
  NodeId to = nobody;
  std::set<NodeId> who{};
  std::vector<uint8_t> side{};
  bool flag = false;
};

class Faults : public World::Plan {
 public:
  Faults(World& world, const FaultChoice& choice, double intensity);

  // Draws the faults of a window that begins now.
  void draw(Nanos span);
  // A fault by hand, from now; for scenarios.
  void add(Fault fault);
  // Ends everything that is wrong, but for hosts that are off.
  void calm();

  void begin(uint32_t item) override;
  void end(uint32_t item) override;

  [[nodiscard]] const FaultCounts& counts() const { return counts_; }
  // Servers whose agent is to be at work, and those that are off.
  [[nodiscard]] std::vector<NodeId> running() const;
  [[nodiscard]] std::vector<NodeId> off() const;
  // `count` servers next to each other in the table, from a random one.
  [[nodiscard]] std::vector<NodeId> neighbours(size_t count);

 private:
  [[nodiscard]] FaultKind draw_kind();
  void begin_lasting(Fault& fault);
  void draw_pair(Fault& fault);
  void strike(const Fault& fault);
  void strike_address(Fault& fault);
  void send_away(Node& stranger);
  void restart(NodeId host, Nanos off_for, Nanos plain_for, Nanos latest);
  void apply();
  [[nodiscard]] NodeId any(const std::vector<NodeId>& hosts);
  void say(const Fault& fault);

  World& world_;
  Prng chance_;
  FaultChoice choice_;
  double intensity_;
  std::vector<Fault> faults_;
  std::vector<uint32_t> active_;
  std::vector<NodeId> strangers_;  // hosts that came with a fault and go with it
  FaultCounts counts_{};
};

}  // namespace buddyring::sim
