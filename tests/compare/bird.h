// SPDX-License-Identifier: Apache-2.0
// Bird: a BIRD whose BFD watches neighbours, and is watched by them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/lab/lab.h"
#include "tests/lab/process.h"

namespace buddyring::compare {

class Bird {
 public:
  // `interval` as BIRD has it: "10 ms". Three packets missed are a death.
  Bird(lab::Lab& lab, lab::Host& host, const std::vector<std::string>& neighbours, const std::string& interval);

  [[nodiscard]] lab::Process& process() { return *process_; }
  // That the session with this neighbour came up, not before `since`.
  [[nodiscard]] bool wait_up(const std::string& neighbour, Instant since);
  // When the session with this neighbour went down for the first time, not before `since`.
  [[nodiscard]] std::optional<Instant> wait_down(const std::string& neighbour, Instant since);
  // How often any session went down.
  [[nodiscard]] size_t downs(Instant since);

 private:
  std::unique_ptr<lab::Process> process_;
};

// One BIRD that watches others, each on a host of its own.
class BirdStar {
 public:
  // Throws std::runtime_error when the sessions do not come up.
  BirdStar(lab::Lab& lab, unsigned others, const std::string& interval);

  [[nodiscard]] lab::Host& host() { return *hosts_.front(); }
  [[nodiscard]] Bird& watcher() { return *birds_.front(); }
  [[nodiscard]] unsigned others() const { return static_cast<unsigned>(hosts_.size() - 1); }
  // REQUIRES number < others().
  [[nodiscard]] lab::Host& other_host(unsigned number) { return *hosts_[number + 1]; }
  [[nodiscard]] Bird& other(unsigned number) { return *birds_[number + 1]; }

  // Milliseconds from a cut of that host's link to the watcher's verdict. Mends it.
  [[nodiscard]] double death_ms(unsigned number);

 private:
  std::vector<std::unique_ptr<lab::Host>> hosts_;
  std::vector<std::unique_ptr<Bird>> birds_;
};

}  // namespace buddyring::compare
