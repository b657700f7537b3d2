// SPDX-License-Identifier: Apache-2.0
// What a process and a host have used so far, as the kernel counted it.
#pragma once

#include <sys/types.h>

#include "tests/lab/host.h"

namespace buddyring::lab {

struct Traffic {
  double packets_in = 0;
  double bytes_in = 0;
  double packets_out = 0;
  double bytes_out = 0;
};

// Of the eth0 of the host, or of the one on which the process runs. Throws std::runtime_error when
// it has none.
[[nodiscard]] Traffic traffic_of(Host& host);
[[nodiscard]] Traffic traffic_of(pid_t pid);

// CPU time of all threads that the process has now. Throws std::runtime_error when it has ended.
[[nodiscard]] double cpu_ns(pid_t pid);

// The memory of a process that is in RAM, and of that what is its own: neither a file's nor shared.
struct Memory {
  double resident_kib = 0;
  double own_kib = 0;
};
[[nodiscard]] Memory memory_of(pid_t pid);

}  // namespace buddyring::lab
