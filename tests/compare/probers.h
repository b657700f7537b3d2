// SPDX-License-Identifier: Apache-2.0
// Probers: programs that probe two neighbours each, side by side on hosts of one switch: an agent
// in a ring of three, fping, and a BIRD with two BFD sessions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/compare/bird.h"
#include "tests/compare/ring_deaths.h"
#include "tests/lab/usage.h"

namespace buddyring::compare {

class Probers {
 public:
  Probers(lab::Lab& lab, unsigned interval_ms);

  [[nodiscard]] lab::Agent& agent() { return ring_.pool()[lab::server_name(1)]; }
  [[nodiscard]] pid_t agent_pid() { return agent().process().pid(); }
  [[nodiscard]] pid_t fping_pid() const { return fping_->pid(); }
  [[nodiscard]] pid_t bird_pid() { return birds_.watcher().process().pid(); }
  [[nodiscard]] unsigned interval_ms() const { return interval_ms_; }

  // So far. The agent's probes are those that its kernel saw leave.
  [[nodiscard]] double agent_ticks();
  [[nodiscard]] double agent_probes();
  [[nodiscard]] double fping_probes() { return lab::traffic_of(*pinging_).packets_out; }
  [[nodiscard]] double bird_probes() { return lab::traffic_of(birds_.host()).packets_out; }

 private:
  unsigned interval_ms_;
  RingDeaths ring_;
  BirdStar birds_;
  std::vector<std::unique_ptr<lab::Host>> pinged_;
  std::unique_ptr<lab::Host> pinging_;
  std::unique_ptr<lab::Process> fping_;
};

}  // namespace buddyring::compare
