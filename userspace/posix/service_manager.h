// SPDX-License-Identifier: Apache-2.0
// ServiceManager: what systemd is told of this process (sd_notify(3)).
//
// Theory of operation. A service of Type=notify counts as started once it says READY=1;
// one with WatchdogSec= is ended when it has not said WATCHDOG=1 for so long. Both are
// datagrams to the socket that the environment names, and without one nothing is sent. Whoever
// feeds the watchdog does so where its work is done, so that feeding proves that it is.
// The socket's queue holds hundreds of them and systemd reads it before anything else, so
// that sending does not wait. The protocol is stable and two variables and a datagram long; libsystemd would bring five
// other libraries into memory for it (docs/performance.md).
#pragma once

#include <optional>
#include <string>

#include "core/time.h"
#include "posix/fd.h"

namespace buddyring {

class ServiceManager {
 public:
  // Reads the environment, so construct it before there is a second thread.
  ServiceManager();

  // Each is said once, however often it is called. `status` is a line for systemctl status.
  void ready(const std::string& status);
  void stopping();
  // ready() was called: whoever calls it at each turn need not make a status for nothing.
  [[nodiscard]] bool is_ready() const { return ready_told_; }

  // Feeds the watchdog where that is due: at the first call, then twice in its time.
  void handle_timeout(Instant now);
  // When handle_timeout has something to do; nothing without a watchdog.
  [[nodiscard]] std::optional<Instant> next_deadline() const;

 private:
  // A manager that cannot be told is no reason to stop, and it will say so itself.
  void tell(const std::string& state) const;

  Fd socket_;         // none: there is nobody to tell
  std::string path_;  // of the manager's; @ in the place of an abstract one's 0
  Duration pause_{};  // between two feedings; 0: there is no watchdog
  Instant due_{};
  bool ready_told_ = false;
  bool stopping_told_ = false;
};

}  // namespace buddyring
