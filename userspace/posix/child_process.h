// SPDX-License-Identifier: Apache-2.0
// ChildProcess: a program run beside us, as the leader of a process group, with
// nothing of ours but its input and output: no descriptors, no blocked or ignored signals.
//
// Theory of operation. Its exit is waited for through a pidfd, in which a loop can
// watch for it, and its number is safe until it is collected. What it leaves behind in its
// group is killed with it, at the latest when this object goes.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "posix/cpu_set.h"
#include "posix/fd.h"

namespace buddyring {

class ChildProcess {
 public:
  // `words`: the program, looked for in PATH, and its arguments. `output`: its standard
  // output; -1 for that and its standard error to go nowhere. `input`: its standard input; -1
  // for an empty one. `cpus`: where it may run; nothing: where the calling thread does.
  [[nodiscard]] static Result<ChildProcess> start(std::vector<std::string> words, int output = -1, int input = -1,
                                                  const std::optional<CpuSet>& cpus = {});

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  // Readable once it has exited.
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }
  // To it and to its whole group.
  void kill_group() const;

  struct Exit {
    int code = -1;  // of exit(); -1 when a signal ended it
    int signal = 0;
  };
  // Collects it, and kills what is left of its group; waits where it runs still.
  // Call it once.
  [[nodiscard]] Exit collect();

 private:
  explicit ChildProcess(pid_t pid);
  pid_t pid_ = 0;  // 0: collected
  Fd pidfd_;
};

// "exit status 1" or "signal 9".
[[nodiscard]] std::string describe(const ChildProcess::Exit& exit);

}  // namespace buddyring
