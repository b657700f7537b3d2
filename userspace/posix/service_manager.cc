// SPDX-License-Identifier: Apache-2.0
#include "posix/service_manager.h"

#include <systemd/sd-daemon.h>

namespace buddyring {
namespace {

// A manager that cannot be told is no reason to stop, and it will say so itself.
void tell(const std::string& state) { static_cast<void>(sd_notify(0, state.c_str())); }

}  // namespace

ServiceManager::ServiceManager() {
  uint64_t within_us = 0;
  if (sd_watchdog_enabled(0, &within_us) > 0) {
    pause_ = std::chrono::microseconds{within_us / 2};
  }
}

void ServiceManager::ready(const std::string& status) {
  if (!ready_told_) {
    ready_told_ = true;
    tell("READY=1\nSTATUS=" + status);
  }
}

void ServiceManager::stopping() {
  if (!stopping_told_) {
    stopping_told_ = true;
    tell("STOPPING=1");
  }
}

void ServiceManager::handle_timeout(Instant now) {
  if (pause_ > Duration{} && now >= due_) {
    due_ = now + pause_;
    tell("WATCHDOG=1");
  }
}

std::optional<Instant> ServiceManager::next_deadline() const {
  return pause_ > Duration{} ? std::optional{due_} : std::nullopt;
}

}  // namespace buddyring
