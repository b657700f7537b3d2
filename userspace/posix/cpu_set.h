// SPDX-License-Identifier: Apache-2.0
// CpuSet: on which CPUs a thread may run.
#pragma once

#include <sched.h>

#include "core/result.h"

namespace buddyring {

class CpuSet {
 public:
  // Highest number of a CPU, and one.
  static constexpr unsigned limit = CPU_SETSIZE;

  // Where the calling thread may run now; an error where the kernel knows of more than
  // `limit` CPUs.
  [[nodiscard]] static Result<CpuSet> of_this_thread();
  // REQUIRES cpu < limit.
  [[nodiscard]] static CpuSet only(unsigned cpu);

  // For the calling thread, and for those that it starts from then on.
  [[nodiscard]] Status apply() const;
  [[nodiscard]] bool has(unsigned cpu) const { return CPU_ISSET(cpu, &cpus_); }

 private:
  cpu_set_t cpus_{};
};

}  // namespace buddyring
