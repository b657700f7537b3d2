// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/asker.h"

#include <algorithm>
#include <condition_variable>

#include "posix/clock.h"
#include "tests/lab/http.h"

namespace buddyring::lab {

Asker::Asker(Host& from, const Endpoint& router)
    : from_(from), router_(router), thread_([this](const std::stop_token& stop) { ask(stop); }) {}

std::vector<Asked> Asker::asked() {
  const std::lock_guard lock(mutex_);
  return asked_;
}

size_t Asker::sent_to(const std::string& address, Instant since) {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::count_if(asked_.begin(), asked_.end(), [&](const Asked& request) {
    return request.started >= since && request.address == address;
  }));
}

void Asker::ask(const std::stop_token& stop) {
  std::condition_variable_any paused;
  while (!stop.stop_requested()) {
    Asked request{.started = monotonic_now()};
    const auto response = http_get(from_, router_, "/where");
    if (response) {
      request.status = response->status;
      const auto location = response->headers.find("location");
      request.address = location == response->headers.end() ? "" : host_of_url(location->second);
    }
    std::unique_lock lock(mutex_);
    asked_.push_back(request);
    // Only a stop ends the pause early.
    paused.wait_for(lock, stop, pause, [] { return false; });
  }
}

}  // namespace buddyring::lab
