// SPDX-License-Identifier: Apache-2.0
// Urgency: real-time priority of a thread, and memory that stays in RAM.
//
// Theory of operation. Real-time priority is SCHED_FIFO's with SCHED_RESET_ON_FORK: what the
// thread starts from then on, threads and children, has ordinary priority again. A deadline is
// SCHED_DEADLINE's, with the same flag: it goes before all real-time priority, but only for its share of each period.
// docs/realtime.md has what it takes and what it costs.
#pragma once

#include "core/deadline_share.h"
#include "core/result.h"

namespace buddyring {

// SCHED_FIFO's priority of the calling thread, or SCHED_RR's; 0 when it has neither.
[[nodiscard]] unsigned realtime_priority();

// Gives the calling thread SCHED_FIFO's `priority`, 1 to 99. An error names the right that is
// missing.
[[nodiscard]] Status take_realtime_priority(unsigned priority);

// Gives the calling thread SCHED_DEADLINE and that share, also in place of another. An error names
// what is missing: the right, or CPU that is not promised yet.
[[nodiscard]] Status take_deadline(const DeadlineShare& share);

// Makes the calling thread one of ordinary priority.
[[nodiscard]] Status give_up_realtime_priority();

// Whether they could be had now: takes it and goes back to what was there.
[[nodiscard]] Status may_take_realtime_priority(unsigned priority);
[[nodiscard]] Status may_take_deadline(const DeadlineShare& share);

// What this process has mapped by now is brought into RAM and never swapped out; so is what it
// touches later, where the limit on locked memory can be raised to none.
[[nodiscard]] Status lock_memory();

}  // namespace buddyring
