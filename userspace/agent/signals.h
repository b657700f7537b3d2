// SPDX-License-Identifier: Apache-2.0
// Signals: SIGTERM and SIGINT as bytes in a descriptor, so that the loop sees
// them in order with everything else.
#pragma once

#include "posix/fd.h"

namespace buddyring {

class Signals {
 public:
  // Blocks them for this thread and those it starts later, so construct it
  // before any other thread; ignores SIGPIPE. Throws StartupError.
  Signals();

  [[nodiscard]] int fd() const { return fd_.get(); }
  // True when one was waiting. Never blocks.
  [[nodiscard]] bool take() const;

 private:
  Fd fd_;
};

}  // namespace buddyring
