// SPDX-License-Identifier: Apache-2.0
#include "core/replace_message.h"

#include <optional>

#include "core/wire.h"

namespace buddyring {
namespace {

// The longest message of all, and its seal, fit a frame.
constexpr size_t text_bytes_max = 1 + limits::name_bytes_max;
constexpr size_t address_bytes_max = 1 + Address::text_bytes_max;
static_assert(frame_header_bytes + 5 * text_bytes_max + address_bytes_max + 3 * sizeof(uint64_t) + sizeof(uint16_t) +
                  frame_seal_bytes <=
              limits::replace_message_bytes_max);

void write_server(WireWriter& writer, const Server& server) {
  writer.text(server.name);
  writer.text(server.address.text());
  writer.number(server.replace_port);
  writer.number(server.incarnation);
}

// One message has one form, so an address has to come as it would be sent.
std::optional<Server> read_server(WireReader& reader) {
  Server server;
  server.name = reader.text();
  const std::string address_text = reader.text();
  server.replace_port = reader.number<uint16_t>();
  server.incarnation = reader.number<uint64_t>();
  const auto address = Address::parse(address_text);
  if (!address || address->text() != address_text || !is_valid_name(server.name)) {
    return std::nullopt;
  }
  server.address = *address;
  return server;
}

Frame frame_of(const ReplaceMessage& message) {
  Frame frame;
  WireWriter writer = open_frame(frame, FrameType::server_replace);
  writer.text(message.pool);
  writer.text(message.receiver);
  writer.number(message.receiver_epoch);
  writer.text(message.server_to_replace);
  write_server(writer, message.replacement);
  writer.text(message.sender);
  writer.number(message.sender_incarnation);
  close_frame(frame, writer);
  return frame;
}

Frame frame_of(const ExpectMessage& message) {
  Frame frame;
  WireWriter writer = open_frame(frame, FrameType::server_expect);
  writer.text(message.pool);
  writer.text(message.receiver);
  write_server(writer, message.newcomer);
  close_frame(frame, writer);
  return frame;
}

std::variant<RingMessage, FrameError> read_replace(WireReader reader) {
  ReplaceMessage message;
  message.pool = reader.text();
  message.receiver = reader.text();
  message.receiver_epoch = reader.number<uint64_t>();
  message.server_to_replace = reader.text();
  auto replacement = read_server(reader);
  message.sender = reader.text();
  message.sender_incarnation = reader.number<uint64_t>();

  const bool names = is_valid_name(message.pool) && is_valid_name(message.receiver) && is_valid_name(message.sender) &&
                     (message.server_to_replace.empty() || is_valid_name(message.server_to_replace));
  if (!reader.ok() || reader.remaining() != 0 || !replacement || !names) {
    return FrameError::malformed;
  }
  message.replacement = *std::move(replacement);
  return message;
}

std::variant<RingMessage, FrameError> read_expect(WireReader reader) {
  ExpectMessage message;
  message.pool = reader.text();
  message.receiver = reader.text();
  auto newcomer = read_server(reader);
  const bool names = is_valid_name(message.pool) && is_valid_name(message.receiver);
  if (!reader.ok() || reader.remaining() != 0 || !newcomer || !names) {
    return FrameError::malformed;
  }
  message.newcomer = *std::move(newcomer);
  return message;
}

}  // namespace

const char* describe(AckCode code) {
  switch (code) {
    case AckCode::applied:
      return "applied";
    case AckCode::already:
      return "already";
    case AckCode::stale:
      return "stale";
    case AckCode::refused:
      return "refused";
  }
  return "unknown";
}

const char* describe(Refusal refusal) {
  switch (refusal) {
    case Refusal::none:
      return "none";
    case Refusal::malformed:
      return "malformed";
    case Refusal::version:
      return "version";
    case Refusal::wrong_pool:
      return "wrong pool";
    case Refusal::wrong_receiver:
      return "wrong receiver";
    case Refusal::not_member:
      return "not a member";
    case Refusal::mismatch:
      return "mismatch";
    case Refusal::unheard:
      return "unheard";
    case Refusal::unprobed:
      return "unprobed";
  }
  return "unknown";
}

Frame encode(const RingMessage& message) {
  return std::visit([](const auto& each) { return frame_of(each); }, message);
}

Frame encode(const ReplaceAck& acknowledgement) {
  Frame frame;
  WireWriter writer = open_frame(frame, FrameType::acknowledgement);
  writer.number(static_cast<uint8_t>(acknowledgement.code));
  writer.number(static_cast<uint8_t>(acknowledgement.refusal));
  writer.number(acknowledgement.epoch);
  close_frame(frame, writer);
  return frame;
}

std::variant<RingMessage, FrameError> decode_message(std::span<const uint8_t> frame) {
  if (!is_whole_frame(frame)) {
    return FrameError::malformed;
  }
  switch (type_of(frame)) {
    case FrameType::server_replace:
      return read_replace(WireReader{body_of(frame)});
    case FrameType::server_expect:
      return read_expect(WireReader{body_of(frame)});
    case FrameType::acknowledgement:
      break;
  }
  return FrameError::malformed;
}

std::variant<ReplaceAck, FrameError> decode_acknowledgement(std::span<const uint8_t> frame) {
  if (!is_whole_frame(frame) || type_of(frame) != FrameType::acknowledgement) {
    return FrameError::malformed;
  }
  WireReader reader{body_of(frame)};
  const auto code = reader.number<uint8_t>();
  const auto refusal = reader.number<uint8_t>();
  ReplaceAck acknowledgement;
  acknowledgement.epoch = reader.number<uint64_t>();
  const bool known = code >= static_cast<uint8_t>(AckCode::applied) && code <= static_cast<uint8_t>(AckCode::refused) &&
                     refusal < refusals;
  if (!reader.ok() || reader.remaining() != 0 || !known) {
    return FrameError::malformed;
  }
  acknowledgement.code = static_cast<AckCode>(code);
  acknowledgement.refusal = static_cast<Refusal>(refusal);
  return acknowledgement;
}

}  // namespace buddyring
