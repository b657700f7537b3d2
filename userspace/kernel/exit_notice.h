// SPDX-License-Identifier: Apache-2.0
// ExitNotice: the kernel program that revokes our lease when a process exits on
// which it rests, at once and whoever else is stuck.
//
// Theory of operation. A lease is of a term. rest_on() names the next term, makes
// the map `process` hold exactly the processes given, and only then takes the
// term; the program deletes the entry of a process that exits and raises the floor
// above whatever term was named. So a process that exits meanwhile either is missed
// by rest_on() or revokes the term that it takes: there is no order of events in
// which a lease outlives a process that it rests on. The link is pinned, for the
// notice must outlive the agent, whose own exit is the first that it is about.
//
// A kernel that cannot load the program still has the lease itself.
#pragma once

#include <sys/types.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bpf/contract.h"
#include "core/result.h"
#include "kernel/pin_directory.h"
#include "posix/fd.h"

namespace buddyring {

class ExitNotice {
 public:
  // Replaces the one that an earlier agent left. `agent` is the entry that `agent_fd`
  // has. Adds to `warnings` why there is none on this kernel.
  ExitNotice(int agent_fd, buddyring_agent& agent, PinDirectory& pins, std::vector<std::string>& warnings);

  [[nodiscard]] bool active() const { return processes_.valid(); }

  // From now on the lease is that of these processes, by their numbers in our own
  // PID namespace, and revoked no more. not_found when one of those before has
  // exited; what is new among them is not looked at.
  Status rest_on(std::span<const pid_t> processes);
  // No exit of this process revokes the lease from now on.
  void forget(pid_t process);

 private:
  buddyring_agent& agent_;
  Fd processes_;  // the map
  std::vector<pid_t> resting_on_;
};

}  // namespace buddyring
