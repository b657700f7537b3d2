// SPDX-License-Identifier: Apache-2.0
#include "agent/health_check.h"

#include <algorithm>
#include <utility>

#include "core/duration.h"

namespace buddyring {

void HealthCheck::begin(Instant now, bool there) {
  count_ = HealthCount(settings_.limits, there);
  due_ = now;
}

void HealthCheck::adjust(Instant now, const HealthSettings& settings) {
  settings_ = settings;
  count_.adjust(settings.limits);
  due_ = std::min(due_, now + settings.interval);
}

void HealthCheck::give_up(Loop& loop, Loop::Token token) {
  if (!std::exchange(given_up_, true)) {
    std::visit([&](auto& method) { method.give_up(loop, token); }, method_);
  }
}

bool HealthCheck::fail(std::string why) {
  why_ = std::move(why);
  return count_.note(false);
}

bool HealthCheck::on_completion(int result) {
  deadline_.reset();
  const bool well = std::visit([&](auto& method) { return method.take(result); }, method_);
  if (std::exchange(given_up_, false)) {
    return false;  // counted already
  }
  return well ? count_.note(true) : fail(std::visit([](auto& method) { return method.why(); }, method_));
}

bool HealthCheck::handle_timeout(Loop& loop, Instant now, Loop::Token token) {
  bool changed = false;
  if (deadline_ && now >= *deadline_) {
    deadline_ = now + settings_.timeout;
    give_up(loop, token);
    changed = fail("not done within " + format_duration(settings_.timeout));
  }
  if (now < due_) {
    return changed;
  }
  // Intervals that were slept through are left out.
  due_ += settings_.interval * ((now - due_) / settings_.interval + 1);
  if (!deadline_) {
    if (!std::visit([&](auto& method) { return method.begin(loop, token); }, method_)) {
      return fail(std::visit([](auto& method) { return method.why(); }, method_)) || changed;
    }
    deadline_ = now + settings_.timeout;
  }
  return changed;
}

Instant HealthCheck::next_deadline() const { return deadline_ ? std::min(*deadline_, due_) : due_; }

}  // namespace buddyring
