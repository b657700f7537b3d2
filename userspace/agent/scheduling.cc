// SPDX-License-Identifier: Apache-2.0
#include "agent/scheduling.h"

#include "posix/startup_error.h"
#include "posix/urgency.h"

namespace buddyring {
namespace {

constexpr const char* deadline_word = "deadline";  // in the place of a priority

void need(const Status& done, const char* option) {
  if (!done) {
    throw StartupError(done.error().message + " (" + option + ")");
  }
}

// What a thread of SCHED_DEADLINE cannot be besides.
void refuse_beside_deadline(const Options& options, bool deadline, bool spins) {
  const auto refuse = [](const std::string& other, const std::string& why) {
    throw UsageError(std::string("--realtime '") + deadline_word + "' is not acceptable beside " + other + ": " + why +
                     "; leave one of them away, or give --realtime a number from " +
                     std::to_string(limits::realtime_priority_min) + " to " +
                     std::to_string(limits::realtime_priority_max));
  };
  if (deadline && options.given("cpu")) {
    refuse("--cpu", "the kernel takes such a thread only where it may run on any CPU");
  }
  if (deadline && spins) {
    refuse("--spin or a profile that spins", "who never sleeps uses up its share of each period");
  }
  if (deadline && options.given("escalate")) {
    throw UsageError(std::string("--realtime '") + deadline_word +
                     "' is not acceptable beside --escalate: there is nothing above it to rise to; leave one away");
  }
}

}  // namespace

void add_scheduling_options(po::options_description& settings) {
  const auto text = [](const char* value) { return po::value<std::string>()->value_name(value); };
  auto add = settings.add_options();
  add("realtime", text("PRIORITY|deadline"),
      "SCHED_FIFO's priority of the thread that probes and judges, 1 to 99, or SCHED_DEADLINE (none)");
  add("escalate", text("PRIORITY"), "the same, but only while its ticks run late (never)");
  add("lock-memory", po::bool_switch(), "keep its memory in RAM");
  add("cpu", text("N"), "the CPU that this thread stays on (any)");
}

SchedulingOptions scheduling_options(const Options& options, bool spins) {
  const auto priority = [&](const char* name, const char* besides) {
    return static_cast<unsigned>(
        options.number(name, 0, limits::realtime_priority_min, limits::realtime_priority_max, besides));
  };
  const bool deadline = options.text("realtime", "") == deadline_word;
  refuse_beside_deadline(options, deadline, spins);
  SchedulingOptions scheduling{.realtime = deadline ? 0 : priority("realtime", deadline_word),
                               .deadline = deadline,
                               .escalate = priority("escalate", ""),
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

Scheduling::Scheduling(const SchedulingOptions& options, Duration interval)
    : options_(options), share_(deadline_share(interval)), escalation_(interval) {
  if (options_.lock_memory) {
    need(lock_memory(), "--lock-memory");
  }
  if (options_.realtime != 0) {
    need(may_take_realtime_priority(options_.realtime), "--realtime");
  }
  if (options_.deadline) {
    need(may_take_deadline(share_), "--realtime");
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
  if (options_.deadline) {
    need(take_deadline(share_), "--realtime");
  }
  // Whoever started us may have given us one, too.
  priority_ = realtime_priority();
}

Status Scheduling::set_interval(Duration interval, const buddyring_delay_histogram& ticks) {
  escalation_.adjust(interval, ticks);
  const DeadlineShare fresh = deadline_share(interval);
  if (!options_.deadline || fresh == share_) {
    return Done{};
  }
  Status taken = take_deadline(fresh);
  share_ = taken ? fresh : share_;
  return taken;
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
  page.deadline_us = options_.deadline ? static_cast<uint32_t>(to_ns(share_.period) / 1000) : 0;
  page.memory_locked = options_.lock_memory;
  page.pinned_cpu = options_.cpu ? *options_.cpu + 1 : 0;
  page.escalations = escalations_;
}

}  // namespace buddyring
