// SPDX-License-Identifier: Apache-2.0
#include "agent/scheduling.h"

#include "posix/startup_error.h"
#include "posix/urgency.h"

namespace buddyring {
namespace {

void need(const Status& done, const char* option) {
  if (!done) {
    throw StartupError(done.error().message + " (" + option + ")");
  }
}

}  // namespace

void add_scheduling_options(po::options_description& settings) {
  const auto text = [](const char* value) { return po::value<std::string>()->value_name(value); };
  auto add = settings.add_options();
  add("realtime", text("PRIORITY"), "SCHED_FIFO's priority of the thread that probes and judges, 1 to 99 (none)");
  add("escalate", text("PRIORITY"), "the same, but only while its ticks run late (never)");
  add("lock-memory", po::bool_switch(), "keep its memory in RAM");
  add("cpu", text("N"), "the CPU that this thread stays on (any)");
}

SchedulingOptions scheduling_options(const Options& options) {
  const auto priority = [&](const char* name) {
    return static_cast<unsigned>(options.number(name, 0, limits::realtime_priority_min, limits::realtime_priority_max));
  };
  SchedulingOptions scheduling{.realtime = priority("realtime"),
                               .escalate = priority("escalate"),
                               .lock_memory = options.on("lock-memory"),
                               .cpu = {},
                               .child_cpus = {}};
  if (scheduling.realtime != 0 && scheduling.escalate != 0) {
    throw UsageError("--realtime and --escalate exclude each other; give one");
  }
  if (options.given("cpu")) {
    scheduling.cpu = static_cast<unsigned>(options.number("cpu", 0, 0, CpuSet::limit - 1));
    const Result<CpuSet> here = CpuSet::of_this_thread();
    need(here ? Status(Done{}) : here.error(), "--cpu");
    if (!here.value().has(*scheduling.cpu)) {
      throw UsageError("--cpu '" + std::to_string(*scheduling.cpu) +
                       "' is not acceptable; give one that there is and that this process may run on, as "
                       "Cpus_allowed_list in /proc/self/status lists them");
    }
    scheduling.child_cpus = here.value();
  }
  return scheduling;
}

Scheduling::Scheduling(const SchedulingOptions& options, Duration interval) : options_(options), escalation_(interval) {
  if (options_.lock_memory) {
    need(lock_memory(), "--lock-memory");
  }
  if (options_.realtime != 0) {
    need(may_take_realtime_priority(options_.realtime), "--realtime");
  }
  if (options_.escalate != 0) {
    need(may_take_realtime_priority(options_.escalate), "--escalate");
  }
}

void Scheduling::begin() {
  if (options_.cpu) {
    need(CpuSet::only(*options_.cpu).apply(), "--cpu");
  }
  if (options_.realtime != 0) {
    need(take_realtime_priority(options_.realtime), "--realtime");
  }
  // Whoever started us may have given us one, too.
  priority_ = realtime_priority();
}

std::optional<Event> Scheduling::look(Instant now, const buddyring_delay_histogram& ticks) {
  const EscalationOrder order = may_rise() ? escalation_.look(now, ticks) : EscalationOrder::none;
  if (order == EscalationOrder::none) {
    return std::nullopt;
  }
  const bool rises = order == EscalationOrder::rise;
  const Status done = rises ? take_realtime_priority(options_.escalate) : give_up_realtime_priority();
  priority_ = realtime_priority();
  escalations_ += rises && done ? 1 : 0;
  return Event{.kind = EventKind::priority,
               .at = now,
               .detail = !done   ? done.error().message
                         : rises ? "ticks ran late"
                                 : "no tick ran late any more",
               .number = priority_};
}

void Scheduling::write(buddyring_report& page) const {
  page.realtime_priority = priority_;
  page.memory_locked = options_.lock_memory;
  page.pinned_cpu = options_.cpu ? *options_.cpu + 1 : 0;
  page.escalations = escalations_;
}

}  // namespace buddyring
