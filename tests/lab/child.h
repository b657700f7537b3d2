// SPDX-License-Identifier: Apache-2.0
// Child: fork and execute, with nothing inherited but what is named here.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace buddyring::lab {

struct Child {
  std::vector<std::string> argv;
  int input = -1;
  int out = -1;
  int err = -1;
  bool without_io_uring = false;
};

// Forks from the calling thread: the child is in its network namespace and is
// killed when it ends. Throws std::system_error.
[[nodiscard]] pid_t fork_child(const Child& child);

}  // namespace buddyring::lab
