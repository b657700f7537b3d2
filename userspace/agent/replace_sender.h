// SPDX-License-Identifier: Apache-2.0
// ReplaceSender: carries messages to their receivers over TCP.
//
// Theory of operation. One connection an order: connect, send the message, take
// the acknowledgement, with a deadline over all. An acknowledgement whose seal
// does not open, bound to this very message, is none. Whether to try again is the
// core's to decide; here an order ends with an acknowledgement or without one.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include "agent/token.h"
#include "core/replace_message.h"
#include "core/replace_orders.h"
#include "core/time.h"
#include "posix/fd.h"
#include "posix/pool_keys.h"
#include "posix/socket_address.h"

namespace buddyring {

class ReplaceSender {
 public:
  // Called when an order ends; no acknowledgement: it was not delivered.
  using Ended = std::function<void(uint64_t order_id, const std::optional<ReplaceAck>&)>;

  // Connections leave from `source`, the address by which others know us. The
  // keys outlive the sender.
  ReplaceSender(Loop& loop, const Address& source, const PoolKeys& keys, Ended ended)
      : loop_(loop), source_(source), keys_(keys), ended_(std::move(ended)) {}

  // True when another order can be started.
  [[nodiscard]] bool has_room() const;
  // REQUIRES has_room().
  void start(Instant now, const ReplaceOrder& order);
  void on_connection(TokenParts parts, int result);
  void expire(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

 private:
  enum class Stage : uint8_t { idle, connecting, sending, receiving };
  struct Connection {
    Fd socket;
    uint32_t generation = 0;
    Stage stage = Stage::idle;
    bool cancelled = false;
    Instant deadline{};
    uint64_t order_id = 0;
    SocketAddress to;
    Frame message;
    Frame answer;
  };

  void receive_more(uint32_t index);
  void on_received(uint32_t index, int result);
  [[nodiscard]] std::optional<ReplaceAck> acknowledgement_of(const Connection& connection) const;
  void finish(uint32_t index, const std::optional<ReplaceAck>& acknowledgement);
  [[nodiscard]] Loop::Token token_of(uint32_t index) const;

  Loop& loop_;
  Address source_;
  const PoolKeys& keys_;
  Ended ended_;
  std::array<Connection, limits::replace_orders_max> connections_;
};

}  // namespace buddyring
