// SPDX-License-Identifier: Apache-2.0
#include "posix/urgency.h"

#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "core/duration.h"
#include "core/limits.h"
#include "core/time.h"

namespace buddyring {
namespace {

// The kernel's struct sched_attr in its first form, for which the C library has no name yet.
struct Attributes {
  uint32_t size = sizeof(Attributes);
  uint32_t policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime_ns = 0;
  uint64_t deadline_ns = 0;
  uint64_t period_ns = 0;
};

int set_attributes(Attributes attributes) { return static_cast<int>(::syscall(SYS_sched_setattr, 0, &attributes, 0)); }

std::string why_no_deadline(int error) {
  if (error == EPERM) {
    return "; run as root or with CAP_SYS_NICE, without RestrictRealtime= in the unit, and on all CPUs, for the kernel "
           "binds no such thread to some (no CPUAffinity=, AllowedCPUs=, taskset)";
  }
  if (error == EBUSY) {
    return "; too much of the CPU is promised to others (kernel.sched_rt_runtime_us of each kernel.sched_rt_period_us "
           "can be): end some of them, or give a priority from 1 to 99";
  }
  if (error == EINVAL) {
    return "; kernel.sched_deadline_period_min_us and kernel.sched_deadline_period_max_us must allow such a period";
  }
  return "";
}

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

// Takes it and goes back to what was there.
Status tried(const auto& take) {
  Attributes before;
  static_cast<void>(::syscall(SYS_sched_getattr, 0, &before, sizeof(before), 0));
  if (auto taken = take(); !taken) {
    return taken;
  }
  return set_attributes(before) == 0
             ? Status{Done{}}
             : Error{ErrorKind::system, std::string("cannot give up priority: ") + std::strerror(errno)};
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

Status take_deadline(const DeadlineShare& share) {
  if (set_attributes({.policy = SCHED_DEADLINE,
                      .flags = SCHED_FLAG_RESET_ON_FORK,
                      .runtime_ns = to_ns(share.runtime),
                      .deadline_ns = to_ns(share.period),
                      .period_ns = to_ns(share.period)}) == 0) {
    return Done{};
  }
  const int error = errno;
  return Error{ErrorKind::system, "cannot take SCHED_DEADLINE, " + format_duration(share.runtime) + " of each " +
                                      format_duration(share.period) + ": " + std::strerror(error) +
                                      why_no_deadline(error)};
}

Status may_take_realtime_priority(unsigned priority) {
  return tried([priority] { return take_realtime_priority(priority); });
}

Status may_take_deadline(const DeadlineShare& share) {
  return tried([&share] { return take_deadline(share); });
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
