// SPDX-License-Identifier: Apache-2.0
#include "agent/unit_lookup.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include "posix/startup_error.h"

namespace buddyring {
namespace {

constexpr size_t answer_bytes_max = 64;

// Signals as a program expects them: we block some and ignore others.
class FreshSignals {
 public:
  FreshSignals() {
    sigset_t none;
    sigset_t reset;
    sigemptyset(&none);
    sigemptyset(&reset);
    sigaddset(&reset, SIGPIPE);
    sigaddset(&reset, SIGCHLD);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &reset);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~FreshSignals() { posix_spawnattr_destroy(&attributes_); }
  FreshSignals(const FreshSignals&) = delete;
  FreshSignals& operator=(const FreshSignals&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

}  // namespace

UnitLookup::UnitLookup(const std::string& unit) {
  // The kernel collects our children: nobody here waits for them.
  std::signal(SIGCHLD, SIG_IGN);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw StartupError("cannot look up unit " + unit + ": " + std::strerror(errno));
  }
  answer_ = Fd(ends[0]);
  const Fd writer(ends[1]);
  const FreshSignals signals;
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writer.get(), STDOUT_FILENO);
  std::array<std::string, 6> words{"systemctl", "show", "--property=MainPID", "--value", "--", unit};
  std::array<char*, words.size() + 1> arguments{};
  for (size_t i = 0; i < words.size(); ++i) {
    arguments[i] = words[i].data();
  }
  pid_t child = 0;
  const int error = posix_spawnp(&child, "systemctl", &actions, signals.get(), arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    throw StartupError("cannot look up unit " + unit + ": systemctl: " + std::strerror(error) +
                       "; --watch-unit needs systemd, --watch-pid does not");
  }
}

pid_t UnitLookup::take() const {
  std::array<char, answer_bytes_max> text{};
  size_t size = 0;
  for (ssize_t got = 1; got > 0 && size < text.size(); size += static_cast<size_t>(got > 0 ? got : 0)) {
    got = ::read(answer_.get(), text.data() + size, text.size() - size);
  }
  pid_t pid = 0;
  std::from_chars(text.data(), text.data() + size, pid);
  return pid > 0 ? pid : 0;
}

}  // namespace buddyring
