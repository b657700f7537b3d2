// SPDX-License-Identifier: Apache-2.0
// UnitLookup: asks systemd for the main process of a unit, without waiting for it:
// `systemctl show` runs as a child, whose exit the loop watches for.
#pragma once

#include <sys/types.h>

#include <string>

#include "posix/child_process.h"
#include "posix/fd.h"

namespace buddyring {

class UnitLookup {
 public:
  // Asks. Throws StartupError when there is no systemctl. `cpus`: where that may run;
  // nothing: where we do.
  UnitLookup(const std::string& unit, const std::optional<CpuSet>& cpus);

  // Readable when the answer is there.
  [[nodiscard]] int fd() const { return systemctl_.pidfd(); }
  // Reads it, waiting if it is not there: 0 when the unit has no main process, or
  // there is no such unit. Call it once.
  [[nodiscard]] pid_t take();

 private:
  Fd answer_;
  ChildProcess systemctl_;
};

}  // namespace buddyring
