// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/messages.h"

#include "core/limits.h"
#include "tests/sim/addresses.h"
#include "tests/sim/world.h"

namespace buddyring::sim {
namespace {

// When TCP sends a segment again: the first of a connection, and any other.
constexpr Nanos opening_repeat = second;
constexpr Nanos segment_repeat = 200 * millisecond;
constexpr Nanos repetition_max = 5 * second;

}  // namespace

void Messages::start(NodeId from, const ReplaceOrder& order) {
  const Nanos patience = nanos(limits::replace_connection_timeout);
  const NodeId to = world_.holder(number_of(order.to.address));
  Delivery delivery{.from = from,
                    .life = world_.node(from).life(),
                    .order = order.id,
                    .to = to,
                    .deadline = world_.now + patience,
                    .text = order.message,
                    .acknowledgement = {}};
  const Effects& effects = world_.effects;
  Network& network = world_.network;
  const auto opening = network.segment(effects, from, to, opening_repeat, patience);
  const auto accepted = network.segment(effects, to, from, opening_repeat, patience);
  const auto text = network.segment(effects, from, to, segment_repeat, patience);
  const bool lost = network.chance().chance(effects.message_loss) || effects.without_messages.contains(to);
  if (!lost && opening && accepted && text && network.chance().chance(effects.message_repetition)) {
    repeat(delivery);
  }
  const uint32_t item = deliveries_.add(std::move(delivery));
  if (lost || !opening || !accepted || !text || *opening + *accepted + *text > patience) {
    fail(item, deliveries_[item].deadline);
    return;
  }
  world_.queue.add(world_.now + *opening + *accepted + *text, Happening::message, to, item);
}

void Messages::repeat(const Delivery& original) {
  Delivery again = original;
  again.from = nobody;
  const Nanos at = world_.now + world_.network.chance().between(millisecond, repetition_max);
  world_.queue.add(at, Happening::message, again.to, deliveries_.add(again));
}

void Messages::fail(uint32_t item, Nanos at) {
  Delivery& delivery = deliveries_[item];
  if (delivery.from == nobody) {
    deliveries_.remove(item);
    return;
  }
  delivery.stage = Stage::failed;
  world_.queue.add(at, Happening::message, delivery.from, item);
}

void Messages::on_step(uint32_t item) {
  Delivery& delivery = deliveries_[item];
  if (delivery.stage == Stage::arriving) {
    Node& receiver = world_.node(delivery.to);
    delivery.stage = Stage::read;
    if (receiver.up() && receiver.has_agent()) {
      receiver.complete(MessageIn{item});
    } else {
      // A host without an agent refuses at once, a dead one says nothing.
      fail(item, receiver.up()
                     ? world_.now + world_.network.latency(delivery.to, delivery.from == nobody ? 0 : delivery.from)
                     : delivery.deadline);
    }
    return;
  }
  Node& sender = world_.node(delivery.from);
  const MessageResult result{
      delivery.order, delivery.stage == Stage::acknowledged ? std::optional(delivery.acknowledgement) : std::nullopt,
      std::holds_alternative<ExpectMessage>(delivery.text) ? delivery.to : nobody};
  if (sender.has_agent() && sender.life() == delivery.life) {
    sender.complete(result);
  }
  deliveries_.remove(item);
}

void Messages::acknowledge(uint32_t item, const ReplaceAck& acknowledgement) {
  Delivery& delivery = deliveries_[item];
  if (delivery.from == nobody) {
    deliveries_.remove(item);
    return;
  }
  const Nanos left = std::max<Nanos>(delivery.deadline - world_.now, 0);
  const Nanos back =
      world_.network.segment(world_.effects, delivery.to, delivery.from, segment_repeat, left).value_or(never);
  const bool lost = world_.network.chance().chance(world_.effects.acknowledgement_loss);
  if (lost || back > left) {
    fail(item, world_.now + left);
    return;
  }
  delivery.stage = Stage::acknowledged;
  delivery.acknowledgement = acknowledgement;
  world_.queue.add(world_.now + back, Happening::message, delivery.from, item);
}

void Messages::reset(uint32_t item) { fail(item, world_.now); }

}  // namespace buddyring::sim
