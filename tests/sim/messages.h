// SPDX-License-Identifier: Apache-2.0
// Messages: ServerReplace and ServerExpect over connections: three segments to
// the receiver, one back, limits::replace_connection_timeout for all of it. A
// receiver whose agent is stopped takes the message when it goes on, although
// nobody waits for its acknowledgement any more.
#pragma once

#include <optional>

#include "core/replace_orders.h"
#include "tests/sim/event_queue.h"

namespace buddyring::sim {

struct World;

class Messages {
 public:
  explicit Messages(World& world) : world_(world) {}

  void start(NodeId from, const ReplaceOrder& order);
  // The receiver's agent read the message of `item`.
  [[nodiscard]] const RingMessage& text(uint32_t item) { return deliveries_[item].text; }
  void acknowledge(uint32_t item, const ReplaceAck& acknowledgement);
  // The receiver's agent ended with the message unread.
  void reset(uint32_t item);
  void on_step(uint32_t item);

 private:
  enum class Stage : uint8_t { arriving, read, acknowledged, failed };
  struct Delivery {
    Stage stage = Stage::arriving;
    NodeId from = nobody;  // nobody: a repetition, whose fate interests no one
    uint32_t life = 0;     // of the sender
    uint64_t order = 0;
    NodeId to = nobody;
    Nanos deadline = 0;
    RingMessage text;
    ReplaceAck acknowledgement;
  };
  void fail(uint32_t item, Nanos at);
  void repeat(const Delivery& original);

  World& world_;
  Pool<Delivery> deliveries_;
};

}  // namespace buddyring::sim
