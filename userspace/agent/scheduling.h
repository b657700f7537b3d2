// SPDX-License-Identifier: Apache-2.0
// Scheduling: how an agent's thread stands among others on the host: at which priority, on
// which CPU, and whether its memory stays in RAM.
//
// Theory of operation. What needs rights is tried at once, so that a start without them
// fails before anything is attached. Priority and CPU are taken only when the threads that
// do not need them have been made. docs/realtime.md.
#pragma once

#include <optional>

#include "bpf/contract.h"
#include "core/deadline_share.h"
#include "core/escalation.h"
#include "core/event.h"
#include "posix/cpu_set.h"
#include "posix/options.h"

namespace buddyring {

struct SchedulingOptions {
  unsigned realtime = 0;  // SCHED_FIFO's priority from the start on; 0: none
  bool deadline = false;  // SCHED_DEADLINE from the start on, in its place
  unsigned escalate = 0;  // the same, but only once ticks run late; not both
  bool lock_memory = false;
  std::optional<unsigned> cpu;
  // Where children may run, which have no part in any of this; nothing: where we do.
  std::optional<CpuSet> child_cpus;
};

void add_scheduling_options(po::options_description& settings);
// `spins`: the thread never sleeps. Throws UsageError that names the option, its value and what is accepted.
[[nodiscard]] SchedulingOptions scheduling_options(const Options& options, bool spins);

class Scheduling {
 public:
  // Locks memory; takes nothing else yet. Throws StartupError. `interval`: from tick to tick.
  Scheduling(const SchedulingOptions& options, Duration interval);

  // For the calling thread. Throws StartupError.
  void begin();
  // The right is to be kept: to rise later on, or to have another share with another interval.
  [[nodiscard]] bool needs_right() const { return may_rise() || options_.deadline; }
  // Of the ticks from now on. After an error the share is still that of the interval before.
  [[nodiscard]] Status set_interval(Duration interval, const buddyring_delay_histogram& ticks);
  // Rises or falls, as the ticks say; what is to be told of that.
  [[nodiscard]] std::optional<Event> look(Instant now, const buddyring_delay_histogram& ticks);
  void write(buddyring_report& page) const;

 private:
  [[nodiscard]] bool may_rise() const { return options_.escalate != 0; }

  SchedulingOptions options_;
  DeadlineShare share_;
  Escalation escalation_;
  unsigned priority_ = 0;
  uint64_t escalations_ = 0;
};

}  // namespace buddyring
