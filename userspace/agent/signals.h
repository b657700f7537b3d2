// SPDX-License-Identifier: Apache-2.0
// Signals: SIGTERM and SIGINT, which ask the agent to leave, SIGUSR2, which asks it to hand
// over, SIGHUP, to read its settings anew, as bytes in a descriptor, so that the loop sees them in order with
// everything else.
#pragma once

#include "posix/fd.h"

namespace buddyring {

class Signals {
 public:
  // Blocks them for this thread and those it starts later, so construct it
  // before any other thread; ignores SIGPIPE. Throws StartupError.
  Signals();

  enum class Asked { nothing, leave, hand_over, reload };

  [[nodiscard]] int fd() const { return fd_.get(); }
  // What the next one that waits asks for. Never blocks.
  [[nodiscard]] Asked take() const;

 private:
  Fd fd_;
};

}  // namespace buddyring
