// SPDX-License-Identifier: Apache-2.0
#include "router/connections.h"

#include <sys/socket.h>

#include "posix/clock.h"

namespace buddyring {

Connections::Connections(size_t crowd, Duration timeout)
    : crowd_(crowd), timeout_(timeout), thread_([this] { run(); }) {}

Connections::~Connections() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Connections::Connection* Connections::opened(int fd) {
  const std::lock_guard lock{mutex_};
  waiting_.push_back({.fd = fd, .since = monotonic_now(), .cut = false, .self = {}});
  waiting_.back().self = std::prev(waiting_.end());
  Connection* const connection = &waiting_.back();
  if (waiting_.size() > crowd_) {
    cut_front();
  }
  return connection;
}

void Connections::answered(Connection* connection) {
  const std::lock_guard lock{mutex_};
  if (!connection->cut) {
    connection->since = monotonic_now();
    waiting_.splice(waiting_.end(), waiting_, connection->self);
  }
}

void Connections::closed(Connection* connection) {
  const std::lock_guard lock{mutex_};
  (connection->cut ? cut_ : waiting_).erase(connection->self);
  if (waiting_.empty() && cut_.empty()) {
    changed_.notify_all();
  }
}

bool Connections::wait_none(Duration patience) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience, [this] { return waiting_.empty() && cut_.empty(); });
}

void Connections::run() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    const Instant now = monotonic_now();
    while (!waiting_.empty() && now - waiting_.front().since >= timeout_) {
      cut_front();
    }
    // Whoever is opened or answered meanwhile waits for longer than the front.
    const Duration pause = waiting_.empty() ? timeout_ : timeout_ - (now - waiting_.front().since);
    changed_.wait_for(lock, pause, [this] { return stopping_; });
  }
}

void Connections::cut_front() {
  Connection& front = waiting_.front();
  front.cut = true;
  ::shutdown(front.fd, SHUT_RDWR);
  cut_.splice(cut_.end(), waiting_, front.self);
}

}  // namespace buddyring
