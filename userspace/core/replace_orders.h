// SPDX-License-Identifier: Apache-2.0
// ReplaceOrders: the messages to other servers still to be delivered.
//
// Theory of operation. A ServerReplace is tried until it is acknowledged, with
// back-off, limits::replace_attempts_max times at most: the message is a hint,
// so giving up is safe. A ServerExpect is tried again only as long as its receiver
// says that it has not heard us yet: its sender is looking for a receiver that
// answers, and looks elsewhere when this one does not. One order a
// receiver: a newer one takes the place of an older, which is stale by then, but
// waits until the older one's delivery has ended. So there are never more
// deliveries under way than orders.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/limits.h"
#include "core/replace_message.h"
#include "core/time.h"

namespace buddyring {

struct ReplaceOrder {
  uint64_t id = 0;
  Server to;
  RingMessage message;
};

class ReplaceOrders {
 public:
  // False, and counted, when there is no room.
  bool add(Instant now, Server to, RingMessage message);
  // Forgets them all, also those under way.
  void clear() { pending_ = {}; }

  // An order that is due, marked as under way until finish() names its id.
  [[nodiscard]] std::optional<ReplaceOrder> poll(Instant now);

  // What became of an order under way: nothing when no acknowledgement came.
  // Returns the order when it has ended, either way; nothing when it will be
  // tried again, or was replaced in the meantime.
  std::optional<ReplaceOrder> finish(Instant now, uint64_t id, const std::optional<ReplaceAck>& acknowledgement);

  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  [[nodiscard]] uint64_t dropped() const { return dropped_; }

 private:
  struct Pending {
    ReplaceOrder order;
    unsigned attempts = 0;
    Instant due{};
    bool under_way = false;
    uint64_t waits_for = 0;  // the order whose place it took and whose delivery goes on; 0: none
  };
  // For its time to come, and for nothing else.
  [[nodiscard]] static bool is_waiting(const Pending& pending) { return !pending.under_way && pending.waits_for == 0; }

  std::array<std::optional<Pending>, limits::replace_orders_max> pending_;
  uint64_t last_id_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace buddyring
