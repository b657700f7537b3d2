// SPDX-License-Identifier: Apache-2.0
// RingDeaths: a ring in which servers are cut off, one after the other, and timed.
#pragma once

#include <set>
#include <string>

#include "tests/lab/pool.h"
#include "tests/lab/whole_ring.h"

namespace buddyring::compare {

// Mends the link of a server that was cut off and starts its agent anew: a new process knows
// nothing of earlier deaths and does not wait. Throws std::runtime_error.
void bring_back(lab::Agent& agent);

class RingDeaths {
 public:
  RingDeaths(lab::Lab& lab, unsigned servers, lab::AgentSettings settings);

  [[nodiscard]] lab::Pool& pool() { return pool_; }
  [[nodiscard]] const std::set<std::string>& all() const { return all_; }
  // Milliseconds from a cut of the next server's link to the first line, read by us, in
  // which another tells of its verdict. Makes the ring whole again.
  [[nodiscard]] double death_ms();
  // Verdicts so far, each one witness's word, on servers that were not cut off.
  [[nodiscard]] size_t false_deaths();

 private:
  // From the cut until the ring was whole again.
  struct Death {
    std::string victim;
    Instant from{};
    Instant until{};
  };

  [[nodiscard]] std::optional<Instant> verdict_on(const std::string& victim, Instant since);

  lab::Pool pool_;
  std::set<std::string> all_;
  unsigned next_ = 0;
  std::vector<Death> deaths_;
};

}  // namespace buddyring::compare
