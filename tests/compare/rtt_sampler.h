// SPDX-License-Identifier: Apache-2.0
// RttSampler: each round trip that an agent's kernel measures, as its maps show them.
//
// Theory of operation. The kernel keeps the latest only. sample() looks
// more often than answers come, and takes a round trip whenever their number has grown.
#pragma once

#include <memory>
#include <vector>

#include "bpf/contract.h"
#include "kernel/mapped_map.h"
#include "tests/lab/agent.h"

namespace buddyring::compare {

class RttSampler {
 public:
  // REQUIRES an agent that has buddies. Throws std::runtime_error.
  explicit RttSampler(const lab::Agent& agent);

  // Microseconds, of both buddies, during the time. How many probes left meanwhile.
  struct Sample {
    std::vector<double> rtt_us;
    double probes = 0;
    double seconds = 0;
  };
  // REQUIRES a thread that goes before all that may keep it from running.
  [[nodiscard]] Sample sample(Duration during);

 private:
  [[nodiscard]] uint64_t departures() const;

  std::unique_ptr<MappedMap<buddyring_peer_state>> states_;
  std::vector<size_t> slots_;  // of the buddies
};

}  // namespace buddyring::compare
