// SPDX-License-Identifier: Apache-2.0
#include "agent/service_watch.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/limits.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

Fd open_process(pid_t pid) { return Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

bool has_exited(const Fd& pidfd) {
  pollfd exit{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  return ::poll(&exit, 1, 0) != 0;
}

}  // namespace

ServiceWatch::ServiceWatch(const ServiceOptions& options) : child_cpus_(options.child_cpus) {
  for (const pid_t pid : options.processes) {
    services_.push_back({.what = "process " + std::to_string(pid), .unit = "", .pid = pid, .pidfd = open_process(pid)});
    if (!services_.back().pidfd.valid()) {
      throw StartupError("cannot watch process " + std::to_string(pid) + " (--watch-pid): " + std::strerror(errno) +
                         "; give the number of a process that runs");
    }
  }
  for (const std::string& unit : options.units) {
    const pid_t pid = UnitLookup(unit, child_cpus_).take();
    std::string what = "unit ";
    what += unit;
    services_.push_back({.what = what, .unit = unit, .pid = pid, .pidfd = open_process(pid)});
    if (!services_.back().pidfd.valid()) {
      throw StartupError("cannot watch " + what + " (--watch-unit): it has no main process; start it first");
    }
  }
  checks_ = checks_of(options);
}

std::list<ServiceWatch::Check> ServiceWatch::checks_of(const ServiceOptions& options) {
  std::list<Check> checks;
  for (const Endpoint& endpoint : options.endpoints) {
    checks.push_back(
        {.number = checks_made_++, .what = "tcp " + endpoint.text(), .health = {TcpCheck(endpoint), options.health}});
  }
  for (const std::string& command : options.commands) {
    checks.push_back({.number = checks_made_++,
                      .what = "exec " + command,
                      .health = {ExecCheck(command, child_cpus_), options.health}});
  }
  return checks;
}

void ServiceWatch::set_checks(Loop& loop, Instant now, const ServiceOptions& options) {
  std::list<Check> before;
  before.swap(checks_);
  std::list<Check> wanted = checks_of(options);
  while (!wanted.empty()) {
    const auto known = std::ranges::find(before, wanted.front().what, &Check::what);
    if (known != before.end()) {
      known->health.adjust(now, options.health);
      checks_.splice(checks_.end(), before, known);
      wanted.pop_front();
      continue;
    }
    checks_.splice(checks_.end(), wanted, wanted.begin());
    checks_.back().health.begin(now, true);
    tell({.what = checks_.back().what, .state = "watched"});
  }
  for (Check& check : before) {
    tell({.what = check.what, .state = "unwatched"});
    if (check.health.running()) {
      check.health.give_up(loop, token_of(check));
    }
  }
  std::erase_if(before, [](const Check& check) { return !check.health.running(); });
  ending_.splice(ending_.end(), before);
}

void ServiceWatch::on_check(uint32_t number, int result) {
  const auto check = std::ranges::find(checks_, number, &Check::number);
  if (check == checks_.end()) {
    const auto ended = std::ranges::find(ending_, number, &Check::number);
    BUDDYRING_ASSERT(ended != ending_.end());
    static_cast<void>(ended->health.on_completion(result));  // a child is collected by it
    ending_.erase(ended);
  } else if (check->health.on_completion(result)) {
    tell_of(*check);
  }
}

bool ServiceWatch::all_there() const {
  return std::ranges::all_of(services_, [](const Service& each) { return each.pidfd.valid(); }) &&
         std::ranges::all_of(checks_, [](const Check& each) { return each.health.there(); });
}

std::vector<pid_t> ServiceWatch::processes() const {
  std::vector<pid_t> all;
  for (const Service& each : services_) {
    all.push_back(each.pid);
  }
  return all;
}

void ServiceWatch::begin(Loop& loop, Instant now, bool resumes) {
  for (uint32_t index = 0; index < services_.size(); ++index) {
    watch(loop, index);
  }
  for (Check& check : checks_) {
    check.health.begin(now, resumes);
    if (!resumes) {
      tell({.what = check.what, .state = "awaited"});
    }
  }
}

void ServiceWatch::watch(Loop& loop, uint32_t index) {
  loop.poll_in(services_[index].pidfd.get(), pack({.work = Work::service, .index = index}));
}

void ServiceWatch::on_completion(Loop& loop, Instant now, TokenParts parts, int result) {
  if (parts.work == Work::service) {
    on_exit(now, services_.at(parts.index));
  } else if (parts.work == Work::unit) {
    on_answer(loop, now, parts.index);
  } else {
    on_check(parts.index, result);
  }
}

void ServiceWatch::on_exit(Instant now, Service& service) {
  service.pidfd.reset();
  if (!service.unit.empty()) {
    service.ask_again = now;
  }
  tell({.what = service.what, .state = "gone", .pid = service.pid});
}

void ServiceWatch::on_answer(Loop& loop, Instant now, uint32_t index) {
  Service& service = services_.at(index);
  const pid_t pid = service.lookup->take();
  service.lookup.reset();
  // For a moment systemd still names the process that has just gone.
  service.pidfd = open_process(pid);
  if (!service.pidfd.valid() || has_exited(service.pidfd)) {
    service.pidfd.reset();
    service.ask_again = now + limits::unit_lookup_pause;
    return;
  }
  service.pid = pid;
  watch(loop, index);
  tell({.what = service.what, .state = "runs", .pid = pid});
}

void ServiceWatch::handle_timeout(Loop& loop, Instant now) {
  for (uint32_t index = 0; index < services_.size(); ++index) {
    Service& service = services_[index];
    if (service.ask_again && now >= *service.ask_again) {
      service.ask_again.reset();
      try {
        service.lookup.emplace(service.unit, child_cpus_);
        loop.poll_in(service.lookup->fd(), pack({.work = Work::unit, .index = index}));
      } catch (const StartupError&) {
        service.ask_again = now + limits::unit_lookup_pause;
      }
    }
  }
  for (Check& check : checks_) {
    if (check.health.handle_timeout(loop, now, token_of(check))) {
      tell_of(check);
    }
  }
}

void ServiceWatch::tell_of(const Check& check) {
  tell({.what = check.what,
        .state = check.health.there() ? "runs" : "gone",
        .why = check.health.there() ? "" : check.health.why()});
}

void ServiceWatch::tell(Change change) { BUDDYRING_ASSERT(changes_.push(std::move(change))); }

std::optional<ServiceWatch::Change> ServiceWatch::poll_change() { return changes_.pop(); }

std::optional<Instant> ServiceWatch::next_deadline() const {
  std::optional<Instant> next;
  for (const Service& each : services_) {
    if (each.ask_again && (!next || *each.ask_again < *next)) {
      next = each.ask_again;
    }
  }
  for (const Check& each : checks_) {
    next = std::min(next.value_or(Instant::max()), each.health.next_deadline());
  }
  return next;
}

}  // namespace buddyring
