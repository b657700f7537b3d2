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

ServiceWatch::ServiceWatch(const ServiceOptions& options) {
  for (const pid_t pid : options.processes) {
    services_.push_back({.what = "process " + std::to_string(pid), .unit = "", .pid = pid, .pidfd = open_process(pid)});
    if (!services_.back().pidfd.valid()) {
      throw StartupError("cannot watch process " + std::to_string(pid) + " (--watch-pid): " + std::strerror(errno) +
                         "; give the number of a process that runs");
    }
  }
  for (const std::string& unit : options.units) {
    const pid_t pid = UnitLookup(unit).take();
    std::string what = "unit ";
    what += unit;
    services_.push_back({.what = what, .unit = unit, .pid = pid, .pidfd = open_process(pid)});
    if (!services_.back().pidfd.valid()) {
      throw StartupError("cannot watch " + what + " (--watch-unit): it has no main process; start it first");
    }
  }
}

bool ServiceWatch::all_there() const {
  return std::ranges::all_of(services_, [](const Service& each) { return each.pidfd.valid(); });
}

std::vector<pid_t> ServiceWatch::processes() const {
  std::vector<pid_t> all;
  for (const Service& each : services_) {
    all.push_back(each.pid);
  }
  return all;
}

void ServiceWatch::begin(Loop& loop) {
  for (uint32_t index = 0; index < services_.size(); ++index) {
    watch(loop, index);
  }
}

void ServiceWatch::watch(Loop& loop, uint32_t index) {
  loop.poll_in(services_[index].pidfd.get(), pack({.work = Work::service, .index = index}));
}

std::optional<ServiceWatch::Change> ServiceWatch::on_completion(Loop& loop, Instant now, TokenParts parts) {
  return parts.work == Work::service ? on_exit(now, services_.at(parts.index)) : on_answer(loop, now, parts.index);
}

std::optional<ServiceWatch::Change> ServiceWatch::on_exit(Instant now, Service& service) {
  service.pidfd.reset();
  if (!service.unit.empty()) {
    service.ask_again = now;
  }
  return Change{.what = service.what, .pid = service.pid, .there = false};
}

std::optional<ServiceWatch::Change> ServiceWatch::on_answer(Loop& loop, Instant now, uint32_t index) {
  Service& service = services_.at(index);
  const pid_t pid = service.lookup->take();
  service.lookup.reset();
  // For a moment systemd still names the process that has just gone.
  service.pidfd = open_process(pid);
  if (!service.pidfd.valid() || has_exited(service.pidfd)) {
    service.pidfd.reset();
    service.ask_again = now + limits::unit_lookup_pause;
    return std::nullopt;
  }
  service.pid = pid;
  watch(loop, index);
  return Change{.what = service.what, .pid = pid, .there = true};
}

void ServiceWatch::handle_timeout(Loop& loop, Instant now) {
  for (uint32_t index = 0; index < services_.size(); ++index) {
    Service& service = services_[index];
    if (service.ask_again && now >= *service.ask_again) {
      service.ask_again.reset();
      try {
        service.lookup.emplace(service.unit);
        loop.poll_in(service.lookup->fd(), pack({.work = Work::unit, .index = index}));
      } catch (const StartupError&) {
        service.ask_again = now + limits::unit_lookup_pause;
      }
    }
  }
}

std::optional<Instant> ServiceWatch::next_deadline() const {
  std::optional<Instant> next;
  for (const Service& each : services_) {
    if (each.ask_again && (!next || *each.ask_again < *next)) {
      next = each.ask_again;
    }
  }
  return next;
}

}  // namespace buddyring
