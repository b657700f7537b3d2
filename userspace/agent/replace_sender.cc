// SPDX-License-Identifier: Apache-2.0
#include "agent/replace_sender.h"

#include <sys/socket.h>

#include <algorithm>

#include "core/result.h"

namespace buddyring {
namespace {

// A socket bound to the source address, or an invalid one.
Fd open_socket(const Address& source) {
  const SocketAddress from({source, 0});
  Fd socket{::socket(from.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket.valid()) {
    return socket;
  }
  // The port is chosen at connect, when the whole four-tuple is known. IPv6 sockets have this IPv4 option, too.
  const int yes = 1;
  ::setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes));
  if (::bind(socket.get(), from.get(), from.size()) != 0) {
    socket.reset();
  }
  return socket;
}

}  // namespace

bool ReplaceSender::has_room() const {
  return std::ranges::any_of(connections_, [](const Connection& each) { return each.stage == Stage::idle; });
}

void ReplaceSender::start(Instant now, const ReplaceOrder& order) {
  const auto place =
      std::ranges::find_if(connections_, [](const Connection& each) { return each.stage == Stage::idle; });
  BUDDYRING_ASSERT(place != connections_.end());
  const auto index = static_cast<uint32_t>(place - connections_.begin());
  place->order_id = order.id;
  place->socket = open_socket(source_);
  if (!place->socket.valid()) {
    ended_(order.id, std::nullopt);
    return;
  }
  ++place->generation;
  place->cancelled = false;
  place->deadline = now + limits::replace_connection_timeout;
  place->message = encode(order.message);
  keys_.seal(place->message);
  place->to = SocketAddress({order.to.address, order.to.replace_port});
  place->stage = Stage::connecting;
  loop_.connect(place->socket.get(), place->to, token_of(index));
}

void ReplaceSender::on_connection(TokenParts parts, int result) {
  Connection& connection = connections_.at(parts.index);
  BUDDYRING_ASSERT(connection.stage != Stage::idle && connection.generation == parts.generation);
  if (connection.cancelled || result < 0) {
    finish(parts.index, std::nullopt);
    return;
  }
  switch (connection.stage) {
    case Stage::connecting:
      connection.stage = Stage::sending;
      loop_.send(connection.socket.get(), connection.message.view(), token_of(parts.index));
      break;
    case Stage::sending:
      connection.stage = Stage::receiving;
      connection.answer.size = 0;
      receive_more(parts.index);
      break;
    case Stage::receiving:
      on_received(parts.index, result);
      break;
    case Stage::idle:
      break;
  }
}

void ReplaceSender::receive_more(uint32_t index) {
  Connection& connection = connections_.at(index);
  loop_.receive(connection.socket.get(), std::span{connection.answer.bytes}.subspan(connection.answer.size),
                token_of(index));
}

void ReplaceSender::on_received(uint32_t index, int result) {
  Connection& connection = connections_.at(index);
  connection.answer.size += static_cast<size_t>(result);
  const FrameSize size = frame_size(connection.answer.view());
  const size_t* whole = std::get_if<size_t>(&size);
  if (whole != nullptr && connection.answer.size == *whole) {
    finish(index, acknowledgement_of(connection));
    return;
  }
  const bool more_may_come =
      result > 0 && !std::holds_alternative<FrameError>(size) && (whole == nullptr || connection.answer.size < *whole);
  if (more_may_come) {
    receive_more(index);
  } else {
    finish(index, std::nullopt);
  }
}

std::optional<ReplaceAck> ReplaceSender::acknowledgement_of(const Connection& connection) const {
  if (keys_.open_answer(connection.answer.view(), connection.message.view()) != Seal::good) {
    return std::nullopt;
  }
  const auto decoded = decode_acknowledgement(connection.answer.view());
  const auto* acknowledgement = std::get_if<ReplaceAck>(&decoded);
  return acknowledgement != nullptr ? std::optional(*acknowledgement) : std::nullopt;
}

void ReplaceSender::finish(uint32_t index, const std::optional<ReplaceAck>& acknowledgement) {
  Connection& connection = connections_.at(index);
  connection.socket.reset();
  connection.stage = Stage::idle;
  ended_(connection.order_id, acknowledgement);
}

void ReplaceSender::expire(Instant now) {
  for (uint32_t index = 0; index < connections_.size(); ++index) {
    Connection& connection = connections_.at(index);
    if (connection.stage != Stage::idle && !connection.cancelled && now >= connection.deadline) {
      connection.cancelled = true;
      loop_.cancel(token_of(index));
    }
  }
}

std::optional<Instant> ReplaceSender::next_deadline() const {
  std::optional<Instant> next;
  for (const Connection& connection : connections_) {
    if (connection.stage != Stage::idle && !connection.cancelled && (!next || connection.deadline < *next)) {
      next = connection.deadline;
    }
  }
  return next;
}

Loop::Token ReplaceSender::token_of(uint32_t index) const {
  return pack({.work = Work::outbound, .index = index, .generation = connections_.at(index).generation});
}

}  // namespace buddyring
