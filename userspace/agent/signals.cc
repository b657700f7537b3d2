// SPDX-License-Identifier: Apache-2.0
#include "agent/signals.h"

#include <sys/signalfd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "posix/startup_error.h"
#include "posix/stop_signals.h"

namespace buddyring {

Signals::Signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGINT);
  block_stop_signals();
  fd_ = Fd{::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!fd_.valid()) {
    throw StartupError(std::string("cannot watch for signals: ") + std::strerror(errno));
  }
}

bool Signals::take() const {
  signalfd_siginfo info{};
  return ::read(fd_.get(), &info, sizeof(info)) == sizeof(info);
}

}  // namespace buddyring
