// SPDX-License-Identifier: Apache-2.0
// Spinner: the one agent of a ring that never sleeps, on the last core, and how soon it misses a
// buddy; for measurements.
//
// Theory of operation. Only it needs to be such: the others are answered for by their kernels, and no
// machine has a core for each. A death is every frame between it and one buddy lost, which is one
// write to a map, where pulling a cable takes the kernel milliseconds; and the verdict's time is
// the agent's own, as it says it, for reading its line takes as long as the rest.
#pragma once

#include <set>
#include <string>

#include "core/time.h"
#include "tests/lab/lab.h"
#include "tests/lab/pool.h"

namespace buddyring::lab {

class Spinner {
 public:
  // Starts `name` anew with these settings, in the ring of `all`. All throw std::runtime_error when
  // something does not come within `patience`. Lab and pool must outlive it.
  Spinner(Lab& lab, Pool& pool, std::string name, AgentSettings settings, const std::set<std::string>& all,
          std::chrono::nanoseconds patience);

  // From silence to its verdict on `victim`, a buddy of its own, which is heard again afterwards.
  Duration miss(const std::string& victim);

 private:
  void lose(const std::string& victim, double probability);
  Event expect(const std::string& name, const std::string& victim, Instant since);

  Lab& lab_;
  Pool& pool_;
  const std::string name_;
  const std::chrono::nanoseconds patience_;
};

}  // namespace buddyring::lab
