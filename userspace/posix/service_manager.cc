// SPDX-License-Identifier: Apache-2.0
#include "posix/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace buddyring {
namespace {

// As a number of nanoseconds it must not run over; a day is as good as none.
constexpr uint64_t watchdog_us_max = 86'400'000'000;

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

// 0 where it is no number.
uint64_t number_in(const char* name) {
  const std::string text = variable(name);
  uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc{} && end == text.data() + text.size() ? number : 0;
}

bool is_somebody_elses_watchdog() {
  return !variable("WATCHDOG_PID").empty() && number_in("WATCHDOG_PID") != static_cast<uint64_t>(::getpid());
}

}  // namespace

ServiceManager::ServiceManager() : path_(variable("NOTIFY_SOCKET")) {
  if ((path_.starts_with('/') || path_.starts_with('@')) && path_.size() < sizeof(sockaddr_un::sun_path)) {
    socket_ = Fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  }
  if (!is_somebody_elses_watchdog()) {
    pause_ = std::chrono::microseconds{std::min(number_in("WATCHDOG_USEC"), watchdog_us_max) / 2};
  }
}

void ServiceManager::tell(const std::string& state) const {
  if (!socket_.valid()) {
    return;
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(static_cast<char*>(address.sun_path), path_.size());
  address.sun_path[0] = path_[0] == '@' ? '\0' : path_[0];
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
  static_cast<void>(::sendto(socket_.get(), state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), length));
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
