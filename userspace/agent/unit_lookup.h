// SPDX-License-Identifier: Apache-2.0
// UnitLookup: asks systemd for the main process of a unit, without waiting for it:
// `systemctl show` runs as a child, and its answer comes through a descriptor that
// the loop watches.
#pragma once

#include <sys/types.h>

#include <string>

#include "posix/fd.h"

namespace buddyring {

class UnitLookup {
 public:
  // Asks. Throws StartupError when there is no systemctl.
  explicit UnitLookup(const std::string& unit);

  // Readable when the answer is there.
  [[nodiscard]] int fd() const { return answer_.get(); }
  // Reads it, waiting if it is not there: 0 when the unit has no main process, or
  // there is no such unit.
  [[nodiscard]] pid_t take() const;

 private:
  Fd answer_;
};

}  // namespace buddyring
