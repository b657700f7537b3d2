// SPDX-License-Identifier: Apache-2.0
#include "posix/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace buddyring {
namespace {

constexpr const char* nowhere = "/dev/null";

// Signals as a program expects them, for we block some and ignore others, and so may whoever
// started us; a group of its own.
class Attributes {
 public:
  Attributes() {
    sigset_t none;
    sigset_t reset;
    sigemptyset(&none);
    sigfillset(&reset);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &reset);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

class Descriptors {
 public:
  Descriptors(int output, int input) {
    posix_spawn_file_actions_init(&actions_);
    if (input >= 0) {
      posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    } else {
      posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, nowhere, O_RDONLY, 0);
    }
    if (output >= 0) {
      posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    } else {
      posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, nowhere, O_WRONLY, 0);
      posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);
    }
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
  }
  ~Descriptors() { posix_spawn_file_actions_destroy(&actions_); }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// While it lives, the calling thread may run where its child is to: posix_spawn knows of no
// other way to tell it. Without a set, nothing changes.
class CpusOfChild {
 public:
  explicit CpusOfChild(const std::optional<CpuSet>& cpus) {
    const Result<CpuSet> own = CpuSet::of_this_thread();
    if (cpus && own && cpus->apply()) {
      own_ = own.value();
    }
  }
  ~CpusOfChild() {
    if (own_) {
      static_cast<void>(own_->apply());
    }
  }
  CpusOfChild(const CpusOfChild&) = delete;
  CpusOfChild& operator=(const CpusOfChild&) = delete;

 private:
  std::optional<CpuSet> own_;
};

}  // namespace

Result<ChildProcess> ChildProcess::start(std::vector<std::string> words, int output, int input,
                                         const std::optional<CpuSet>& cpus) {
  // Whoever started us may have had it ignored, and then the kernel keeps no exit status.
  std::signal(SIGCHLD, SIG_DFL);
  const Attributes attributes;
  const Descriptors descriptors(output, input);
  const CpusOfChild where(cpus);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int error =
      posix_spawnp(&pid, arguments.front(), descriptors.get(), attributes.get(), arguments.data(), environ);
  if (error != 0) {
    return Error{ErrorKind::system, words.front() + ": " + std::strerror(error)};
  }
  ChildProcess child(pid);
  if (!child.pidfd_.valid()) {
    return Error{ErrorKind::system, std::string("pidfd_open: ") + std::strerror(errno)};
  }
  return child;
}

ChildProcess::ChildProcess(pid_t pid) : pid_(pid), pidfd_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), pidfd_(std::move(other.pidfd_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ != 0) {
    kill_group();
    // One that does not die at once is init's to collect: this is our own end.
    ::waitpid(pid_, nullptr, WNOHANG);
  }
}

void ChildProcess::kill_group() const {
  if (pid_ != 0) {
    ::kill(-pid_, SIGKILL);
  }
}

ChildProcess::Exit ChildProcess::collect() {
  BUDDYRING_ASSERT(pid_ != 0);
  siginfo_t seen{};
  // Its number, and so its group's, is nobody else's before it is collected.
  while (::waitid(P_PID, static_cast<id_t>(pid_), &seen, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  kill_group();
  int status = 0;
  const bool collected = ::waitpid(pid_, &status, 0) == pid_;
  pid_ = 0;
  Exit exit;
  if (collected && WIFEXITED(status)) {
    exit.code = WEXITSTATUS(status);
  } else if (collected && WIFSIGNALED(status)) {
    exit.signal = WTERMSIG(status);
  }
  return exit;
}

std::string describe(const ChildProcess::Exit& exit) {
  return exit.code >= 0 ? "exit status " + std::to_string(exit.code) : "signal " + std::to_string(exit.signal);
}

}  // namespace buddyring
