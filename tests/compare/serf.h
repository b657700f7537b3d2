// SPDX-License-Identifier: Apache-2.0
// Serf: agents of serf, one on each host of a cluster, all with one profile.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/lab/lab.h"
#include "tests/lab/process.h"

namespace buddyring::compare {

class SerfCluster {
 public:
  // `port`: of gossip; several clusters on the same hosts differ by it. Throws std::runtime_error
  // when they do not find each other.
  SerfCluster(lab::Lab& lab, const std::vector<std::unique_ptr<lab::Host>>& hosts, const std::string& profile,
              uint16_t port);

  [[nodiscard]] lab::Process& agent(size_t number) { return *agents_[number]; }
  // When the first of the others told that this one has failed, not before `since`.
  [[nodiscard]] std::optional<Instant> wait_failed(size_t number, Instant since);
  // How often agents other than itself told that it has failed: the most that any one did.
  [[nodiscard]] size_t failures(size_t number, Instant since);

 private:
  // And waits until the first has it, by which each joins.
  void start(size_t number);

  lab::Lab& lab_;
  const std::vector<std::unique_ptr<lab::Host>>& hosts_;
  std::string profile_;
  uint16_t port_;
  std::vector<std::unique_ptr<lab::Process>> agents_;
};

}  // namespace buddyring::compare
