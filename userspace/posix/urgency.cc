// SPDX-License-Identifier: Apache-2.0
#include "posix/urgency.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "core/limits.h"

namespace buddyring {
namespace {

Status set_policy(int policy, int priority) {
  const sched_param parameter{.sched_priority = priority};
  if (::sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &parameter) == 0) {
    return Done{};
  }
  const int error = errno;
  return Error{ErrorKind::system,
               "cannot take real-time priority " + std::to_string(priority) + ": " + std::strerror(error) +
                   (error == EPERM ? "; run as root, with CAP_SYS_NICE or with a limit on it (LimitRTPRIO=) that is as "
                                     "high, and without RestrictRealtime= in the unit"
                                   : "")};
}

Error cannot_lock(const std::string& what, int error) {
  return {ErrorKind::system, "cannot lock memory: " + what + ": " + std::strerror(error) +
                                 "; run as root or with CAP_IPC_LOCK, or raise the limit (LimitMEMLOCK=infinity in the "
                                 "unit, ulimit -l unlimited)"};
}

// A locked stack must not need to grow under a limit that is exceeded already: the kernel ends
// whoever does. So it has grown before, to more than we ever use.
[[gnu::noinline]] void grow_stack() {
  std::array<volatile char, limits::stack_bytes_locked> stack;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  constexpr size_t page = 4096;
  for (size_t i = 0; i < stack.size(); i += page) {
    stack.at(i) = 0;
  }
}

}  // namespace

unsigned realtime_priority() {
  const int policy = ::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
  sched_param parameter{};
  const bool has_one = (policy == SCHED_FIFO || policy == SCHED_RR) && ::sched_getparam(0, &parameter) == 0;
  return has_one ? static_cast<unsigned>(parameter.sched_priority) : 0;
}

Status take_realtime_priority(unsigned priority) { return set_policy(SCHED_FIFO, static_cast<int>(priority)); }

// The flag stays: to clear it takes the same right as the priority, which may be gone.
Status give_up_realtime_priority() { return set_policy(SCHED_OTHER, 0); }

Status may_take_realtime_priority(unsigned priority) {
  const int policy = ::sched_getscheduler(0);
  sched_param parameter{};
  ::sched_getparam(0, &parameter);
  if (auto taken = take_realtime_priority(priority); !taken) {
    return taken;
  }
  return set_policy(policy, parameter.sched_priority);
}

Status lock_memory() {
  const rlimit unlimited{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  rlimit limit{};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  const bool is_unlimited = limit.rlim_cur == RLIM_INFINITY || ::setrlimit(RLIMIT_MEMLOCK, &unlimited) == 0;
  grow_stack();
  // First what is there, to the last page of code. Then what is to come, page by page as it
  // is used: a thread's stack would else be there whole. Under a limit, an allocation
  // would fail of that one day.
  if (::mlockall(MCL_CURRENT) != 0) {
    return cannot_lock("mlockall", errno);
  }
  if (is_unlimited && ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
    return cannot_lock("mlockall", errno);
  }
  return Done{};
}

}  // namespace buddyring
