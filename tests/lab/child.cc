// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/child.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <system_error>

namespace buddyring::lab {
namespace {

constexpr int exit_not_executed = 127;

// What io_uring_setup answers where the sysctl kernel.io_uring_disabled forbids
// it, for this process alone: the sysctl would be the whole machine's.
bool forbid_io_uring() {
  std::array<sock_filter, 4> program{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// Between fork and exec only async-signal-safe calls are allowed: no allocation.
[[noreturn]] void become(const Child& child, char* const* argv, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) {
    _exit(exit_not_executed);  // the parent died before the line above
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (dup2(child.input, STDIN_FILENO) < 0 || dup2(child.out, STDOUT_FILENO) < 0 || dup2(child.err, STDERR_FILENO) < 0 ||
      close_range(STDERR_FILENO + 1, ~0U, 0) != 0 || (child.without_io_uring && !forbid_io_uring())) {
    _exit(exit_not_executed);
  }
  execvp(argv[0], argv);
  _exit(exit_not_executed);
}

}  // namespace

pid_t fork_child(const Child& child) {
  std::vector<char*> argv;
  for (const auto& argument : child.argv) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    become(child, argv.data(), parent);
  }
  if (pid < 0) {
    throw std::system_error(errno, std::generic_category(), "fork for " + child.argv.front());
  }
  return pid;
}

}  // namespace buddyring::lab
