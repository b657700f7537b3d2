// SPDX-License-Identifier: Apache-2.0
#include "core/replace_orders.h"

#include <algorithm>

namespace buddyring {
namespace {

bool is_expect(const ReplaceOrder& order) { return std::holds_alternative<ExpectMessage>(order.message); }

bool is_worth_another_try(const ReplaceOrder& order, unsigned attempts,
                          const std::optional<ReplaceAck>& acknowledgement) {
  if (is_expect(order)) {
    return attempts < limits::expect_attempts_max && acknowledgement &&
           (acknowledgement->refusal == Refusal::unheard || acknowledgement->refusal == Refusal::unprobed);
  }
  return attempts < limits::replace_attempts_max &&
         (!acknowledgement || acknowledgement->refusal == Refusal::not_member);
}

Duration backoff_after(const ReplaceOrder& order, unsigned attempts) {
  Duration wait = is_expect(order) ? limits::expect_backoff_first : limits::replace_backoff_first;
  for (unsigned i = 1; i < attempts && wait < limits::replace_backoff_max; ++i) {
    wait *= 2;
  }
  return std::min<Duration>(wait, limits::replace_backoff_max);
}

}  // namespace

bool ReplaceOrders::add(Instant now, Server to, RingMessage message) {
  const auto same_receiver = [&](const auto& pending) { return pending && pending->order.to.name == to.name; };
  const auto vacant = [](const auto& pending) { return !pending; };
  auto place = std::ranges::find_if(pending_, same_receiver);
  if (place == pending_.end()) {
    place = std::ranges::find_if(pending_, vacant);
  }
  if (place == pending_.end()) {
    ++dropped_;
    return false;
  }
  uint64_t waits_for = 0;
  if (*place) {
    waits_for = (*place)->under_way ? (*place)->order.id : (*place)->waits_for;
  }
  *place = Pending{
      .order = {++last_id_, std::move(to), std::move(message)}, .attempts = 0, .due = now, .waits_for = waits_for};
  return true;
}

std::optional<ReplaceOrder> ReplaceOrders::poll(Instant now) {
  for (auto& pending : pending_) {
    if (pending && is_waiting(*pending) && pending->due <= now) {
      pending->under_way = true;
      ++pending->attempts;
      return pending->order;
    }
  }
  return std::nullopt;
}

std::optional<ReplaceOrder> ReplaceOrders::finish(Instant now, uint64_t id,
                                                  const std::optional<ReplaceAck>& acknowledgement) {
  for (auto& pending : pending_) {
    if (pending && pending->waits_for == id) {
      pending->waits_for = 0;
      return std::nullopt;
    }
    if (!pending || pending->order.id != id) {
      continue;
    }
    if (is_worth_another_try(pending->order, pending->attempts, acknowledgement)) {
      pending->under_way = false;
      pending->due = now + backoff_after(pending->order, pending->attempts);
      return std::nullopt;
    }
    std::optional<ReplaceOrder> ended{std::move(pending->order)};
    pending.reset();
    return ended;
  }
  return std::nullopt;
}

bool ReplaceOrders::empty() const {
  return std::ranges::none_of(pending_, [](const auto& pending) { return pending.has_value(); });
}

std::optional<Instant> ReplaceOrders::next_deadline() const {
  std::optional<Instant> next;
  for (const auto& pending : pending_) {
    if (pending && is_waiting(*pending) && (!next || pending->due < *next)) {
      next = pending->due;
    }
  }
  return next;
}

}  // namespace buddyring
