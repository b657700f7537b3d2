// SPDX-License-Identifier: Apache-2.0
#include "posix/cpu_set.h"

#include <cerrno>
#include <cstring>
#include <string>

namespace buddyring {

Result<CpuSet> CpuSet::of_this_thread() {
  CpuSet set;
  if (::sched_getaffinity(0, sizeof(set.cpus_), &set.cpus_) != 0) {
    return Error{ErrorKind::system, std::string("cannot ask on which CPUs this may run: ") + std::strerror(errno)};
  }
  return set;
}

CpuSet CpuSet::only(unsigned cpu) {
  BUDDYRING_ASSERT(cpu < limit);
  CpuSet set;
  CPU_SET(cpu, &set.cpus_);
  return set;
}

Status CpuSet::apply() const {
  if (::sched_setaffinity(0, sizeof(cpus_), &cpus_) != 0) {
    return Error{ErrorKind::system, std::string("cannot choose on which CPUs this runs: ") + std::strerror(errno)};
  }
  return Done{};
}

}  // namespace buddyring
