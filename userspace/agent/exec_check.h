// SPDX-License-Identifier: Apache-2.0
// ExecCheck: whether a command says that the service is well, by exit status 0.
//
// Theory of operation. The command is one line for /bin/sh, which runs as a child
// in a process group of its own, without output, descriptors of ours or capabilities. One
// that is given up is killed with its group and then exits, like any other.
#pragma once

#include <optional>
#include <string>

#include "loop/loop.h"
#include "posix/child_process.h"

namespace buddyring {

class ExecCheck {
 public:
  // `cpus`: where the command may run; nothing: where we do.
  ExecCheck(std::string command, const std::optional<CpuSet>& cpus) : command_(std::move(command)), cpus_(cpus) {}

  // As those of TcpCheck.
  [[nodiscard]] bool begin(Loop& loop, Loop::Token token);
  void give_up(Loop& loop, Loop::Token token);
  [[nodiscard]] bool take(int result);
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  std::string command_;
  std::optional<CpuSet> cpus_;
  std::optional<ChildProcess> child_;
  std::string why_;
};

}  // namespace buddyring
