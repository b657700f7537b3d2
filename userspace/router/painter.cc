// SPDX-License-Identifier: Apache-2.0
#include "router/painter.h"

#include <algorithm>
#include <utility>

#include "core/router_limits.h"
#include "posix/clock.h"

namespace buddyring {

Painter::Painter(RegistryClient& client, std::string pool, const PoolView& view, Watchers& watchers, const Log& log)
    : client_(client), pool_(std::move(pool)), view_(view), watchers_(watchers), log_(log) {
  thread_ = std::thread{[this] { run(); }};
}

Painter::~Painter() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Painter::run() {
  std::unique_lock lock{mutex_};
  while (!changed_.wait_for(lock, limits::ui_turn, [this] { return stopping_; })) {
    lock.unlock();
    turn();
    lock.lock();
  }
}

void Painter::turn() {
  if (!watchers_.any()) {
    painted_.reset();
    return;
  }
  const auto view = view_.get();
  if (view->pool == nullptr) {
    return;
  }
  const Instant now = monotonic_now();
  if (painted_ == nullptr) {
    // The first who came; the events that there are belong to what it is told first.
    told_ = picture_of(pool_, *view);
    painted_ = view->pool;
    events_version_ = 0;
    rtts_due_ = now;
    read_events(now);
  } else {
    tell_changes(*view, now);
  }
  if (watchers_.want_whole()) {
    watchers_.tell_whole(state_text(told_, now, now - view->confirmed));
  }
  read_events(now);
  read_rtts(now);
}

void Painter::tell_changes(const View& view, Instant now) {
  if (view.registry_reached != told_.registry_reached) {
    told_.registry_reached = view.registry_reached;
    told_.registry_error = view.registry_error;
    watchers_.tell(registry_text(told_));
  }
  if (view.pool == painted_) {
    return;
  }
  Picture next = picture_of(pool_, view);
  next.events = std::move(told_.events);
  next.rtts = told_.rtts;
  painted_ = view.pool;
  if (std::string change = change_text(told_, next, now); !change.empty()) {
    watchers_.tell(std::move(change));
  }
  told_ = std::move(next);
}

void Painter::read_events(Instant now) {
  if (events_version_ == told_.version || now < events_due_ || !told_.registry_reached) {
    return;
  }
  auto latest = client_.events(pool_, limits::ui_events_max);
  if (!latest) {
    events_due_ = now + limits::ui_retry;
    if (!std::exchange(events_failed_, true)) {
      log_.warn("ui", {{"events", "unknown"}, {"why", latest.error().message}}, now);
    }
    return;
  }
  events_failed_ = false;
  events_version_ = told_.version;
  std::ranges::reverse(latest.value());
  if (std::string fresh = events_text(told_.events, latest.value()); !fresh.empty()) {
    watchers_.tell(std::move(fresh));
  }
  told_.events = std::move(latest.value());
}

void Painter::read_rtts(Instant now) {
  if (now < rtts_due_ || !told_.registry_reached || told_.servers.empty()) {
    return;
  }
  rtts_due_ = now + limits::ui_rtts_pause;
  auto latest = client_.reports(pool_, limits::ui_servers_max);
  if (!latest) {
    if (!std::exchange(rtts_failed_, true)) {
      log_.warn("ui", {{"rtts", "unknown"}, {"why", latest.error().message}}, now);
    }
    return;
  }
  rtts_failed_ = false;
  Picture next = told_;
  next.rtts = std::move(latest.value());
  if (std::string change = change_text(told_, next, now); !change.empty()) {
    watchers_.tell(std::move(change));
  }
  told_ = std::move(next);
}

}  // namespace buddyring
