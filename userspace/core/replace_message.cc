// SPDX-License-Identifier: Apache-2.0
#include "core/replace_message.h"

#include "core/result.h"
#include "core/wire.h"

namespace buddyring {
namespace {

constexpr size_t length_offset = 6;

// Opens a frame; close_frame fills in the length of the body.
WireWriter open_frame(Frame& frame, FrameType type) {
  WireWriter writer{frame.bytes};
  writer.number(replace_magic);
  writer.number(replace_version);
  writer.number(static_cast<uint8_t>(type));
  writer.number(uint16_t{0});
  return writer;
}

void close_frame(Frame& frame, const WireWriter& writer) {
  BUDDYRING_ASSERT(writer.ok());
  frame.size = writer.size();
  WireWriter length{std::span{frame.bytes}.subspan(length_offset)};
  length.number(static_cast<uint16_t>(frame.size - replace_header_bytes));
}

// The body of a frame of the wanted type; an empty reader, which fails, for any other.
WireReader open_body(std::span<const uint8_t> frame, FrameType wanted) {
  WireReader header{frame};
  static_cast<void>(header.number<uint32_t>());
  static_cast<void>(header.number<uint8_t>());
  const auto type = header.number<uint8_t>();
  if (!header.ok() || type != static_cast<uint8_t>(wanted) || frame.size() < replace_header_bytes) {
    return WireReader{{}};
  }
  return WireReader{frame.subspan(replace_header_bytes)};
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
  }
  return "unknown";
}

Frame encode(const ReplaceMessage& message) {
  Frame frame;
  WireWriter writer = open_frame(frame, FrameType::server_replace);
  writer.text(message.pool);
  writer.text(message.receiver);
  writer.number(message.receiver_epoch);
  writer.text(message.server_to_replace);
  writer.text(message.replacement.name);
  writer.text(message.replacement.address.text());
  writer.number(message.replacement.replace_port);
  writer.number(message.replacement.incarnation);
  writer.text(message.sender);
  writer.number(message.sender_incarnation);
  close_frame(frame, writer);
  return frame;
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

FrameSize frame_size(std::span<const uint8_t> bytes) {
  if (bytes.size() < replace_header_bytes) {
    return std::monostate{};
  }
  WireReader reader{bytes};
  const auto magic = reader.number<uint32_t>();
  const auto version = reader.number<uint8_t>();
  static_cast<void>(reader.number<uint8_t>());
  const size_t size = replace_header_bytes + reader.number<uint16_t>();
  if (magic != replace_magic) {
    return FrameError::malformed;
  }
  if (version != replace_version) {
    return FrameError::version;
  }
  if (size > limits::replace_message_bytes_max) {
    return FrameError::oversize;
  }
  return size;
}

std::variant<ReplaceMessage, FrameError> decode_message(std::span<const uint8_t> frame) {
  WireReader reader = open_body(frame, FrameType::server_replace);
  ReplaceMessage message;
  message.pool = reader.text();
  message.receiver = reader.text();
  message.receiver_epoch = reader.number<uint64_t>();
  message.server_to_replace = reader.text();
  message.replacement.name = reader.text();
  const auto address = Address::parse(reader.text());
  message.replacement.replace_port = reader.number<uint16_t>();
  message.replacement.incarnation = reader.number<uint64_t>();
  message.sender = reader.text();
  message.sender_incarnation = reader.number<uint64_t>();

  const bool names = is_valid_name(message.pool) && is_valid_name(message.receiver) &&
                     is_valid_name(message.replacement.name) && is_valid_name(message.sender) &&
                     (message.server_to_replace.empty() || is_valid_name(message.server_to_replace));
  if (!reader.ok() || reader.remaining() != 0 || !address || !names) {
    return FrameError::malformed;
  }
  message.replacement.address = *address;
  return message;
}

std::variant<ReplaceAck, FrameError> decode_acknowledgement(std::span<const uint8_t> frame) {
  WireReader reader = open_body(frame, FrameType::acknowledgement);
  const auto code = reader.number<uint8_t>();
  const auto refusal = reader.number<uint8_t>();
  ReplaceAck acknowledgement;
  acknowledgement.epoch = reader.number<uint64_t>();
  const bool known = code >= static_cast<uint8_t>(AckCode::applied) && code <= static_cast<uint8_t>(AckCode::refused) &&
                     refusal <= static_cast<uint8_t>(Refusal::mismatch);
  if (!reader.ok() || reader.remaining() != 0 || !known) {
    return FrameError::malformed;
  }
  acknowledgement.code = static_cast<AckCode>(code);
  acknowledgement.refusal = static_cast<Refusal>(refusal);
  return acknowledgement;
}

}  // namespace buddyring
