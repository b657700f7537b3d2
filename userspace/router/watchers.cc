// SPDX-License-Identifier: Apache-2.0
#include "router/watchers.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <utility>

#include "core/router_limits.h"

namespace buddyring {

Watchers::Seat::Seat(Watchers& all, Fd event) : all_(all), event_(std::move(event)) {}

Watchers::Seat::~Seat() {
  const std::lock_guard lock{all_.mutex_};
  std::erase(all_.seats_, this);
}

Watchers::Piece Watchers::Seat::next() {
  const std::lock_guard lock{all_.mutex_};
  if (queue_.empty()) {
    uint64_t count = 0;
    static_cast<void>(::read(event_.get(), &count, sizeof count));
    return nullptr;
  }
  Piece piece = std::move(queue_.front());
  queue_.pop_front();
  return piece;
}

bool Watchers::Seat::ended() const {
  const std::lock_guard lock{all_.mutex_};
  return all_.closed_;
}

std::unique_ptr<Watchers::Seat> Watchers::sit_down() {
  Fd event{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!event.valid()) {
    return nullptr;
  }
  auto seat = std::make_unique<Seat>(*this, std::move(event));
  {
    const std::lock_guard lock{mutex_};
    if (!closed_ && seats_.size() < limits::ui_watchers_max) {
      seats_.push_back(seat.get());
      return seat;
    }
  }
  return nullptr;
}

bool Watchers::any() const {
  const std::lock_guard lock{mutex_};
  return !seats_.empty();
}

bool Watchers::want_whole() const {
  const std::lock_guard lock{mutex_};
  return std::ranges::any_of(seats_, [](const Seat* seat) { return seat->wants_whole_; });
}

void Watchers::tell(std::string piece) {
  const auto shared = std::make_shared<const std::string>(std::move(piece));
  const std::lock_guard lock{mutex_};
  for (Seat* seat : seats_) {
    if (seat->wants_whole_) {
      continue;
    }
    if (seat->queue_.size() == limits::ui_queue_max) {
      seat->queue_.clear();
      seat->wants_whole_ = true;
      continue;
    }
    seat->queue_.push_back(shared);
    wake(*seat);
  }
}

void Watchers::tell_whole(std::string whole) {
  const auto shared = std::make_shared<const std::string>(std::move(whole));
  const std::lock_guard lock{mutex_};
  for (Seat* seat : seats_) {
    if (seat->wants_whole_) {
      seat->wants_whole_ = false;
      seat->queue_.push_back(shared);
      wake(*seat);
    }
  }
}

void Watchers::close() {
  const std::lock_guard lock{mutex_};
  closed_ = true;
  for (const Seat* seat : seats_) {
    wake(*seat);
  }
}

void Watchers::wake(const Seat& seat) {
  const uint64_t one = 1;
  // Fails only when the counter would overflow, and then it is readable.
  [[maybe_unused]] const ssize_t written = ::write(seat.event_.get(), &one, sizeof one);
}

}  // namespace buddyring
