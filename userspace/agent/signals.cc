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
  sigaddset(&wanted, SIGUSR2);
  sigaddset(&wanted, SIGHUP);
  // nohup had it ignored, and what is ignored does not come to a descriptor either.
  std::signal(SIGHUP, SIG_DFL);
  block_stop_signals();
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  fd_ = Fd{::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!fd_.valid()) {
    throw StartupError(std::string("cannot watch for signals: ") + std::strerror(errno));
  }
}

Signals::Asked Signals::take() const {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof(info)) != sizeof(info)) {
    return Asked::nothing;
  }
  switch (info.ssi_signo) {
    case SIGUSR2:
      return Asked::hand_over;
    case SIGHUP:
      return Asked::reload;
    default:
      return Asked::leave;
  }
}

}  // namespace buddyring
