// SPDX-License-Identifier: Apache-2.0
// NotifySocket: the service manager's side of sd_notify(3), for programs that no systemd started.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "posix/fd.h"

namespace buddyring::lab {

class NotifySocket {
 public:
  // Throws std::system_error.
  NotifySocket();
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  // What NOTIFY_SOCKET has to be.
  [[nodiscard]] const std::string& path() const { return path_; }
  // Before a command line: runs it with this socket and a watchdog of `watchdog_us`, 0: without.
  [[nodiscard]] std::vector<std::string> through(uint64_t watchdog_us) const;

  // The next message; "" when none comes within `timeout`.
  [[nodiscard]] std::string next(std::chrono::milliseconds timeout);
  // Reads until a message begins with `beginning`; that message, or "" when a wait for the
  // next one took longer than `timeout`.
  [[nodiscard]] std::string await(const std::string& beginning, std::chrono::milliseconds timeout);

 private:
  std::string directory_;
  std::string path_;
  Fd socket_;
};

}  // namespace buddyring::lab
