// SPDX-License-Identifier: Apache-2.0
#include "core/frame.h"

#include "core/result.h"

namespace buddyring {
namespace {

size_t seal_bytes(uint8_t key_id) { return key_id == unsigned_key_id ? 0 : frame_seal_bytes; }

}  // namespace

FrameSize frame_size(std::span<const uint8_t> bytes) {
  if (bytes.size() < frame_header_bytes) {
    return std::monostate{};
  }
  WireReader reader{bytes};
  const auto magic = reader.number<uint32_t>();
  const auto version = reader.number<uint8_t>();
  static_cast<void>(reader.number<uint8_t>());  // the type
  const auto key_id = reader.number<uint8_t>();
  const auto reserved = reader.number<uint8_t>();
  const size_t size = frame_header_bytes + reader.number<uint16_t>() + seal_bytes(key_id);
  if (magic != frame_magic) {
    return FrameError::malformed;
  }
  if (version != frame_version) {
    return FrameError::version;
  }
  if (reserved != 0) {
    return FrameError::malformed;
  }
  if (size > limits::replace_message_bytes_max) {
    return FrameError::oversize;
  }
  return size;
}

bool is_whole_frame(std::span<const uint8_t> bytes) {
  const FrameSize size = frame_size(bytes);
  const size_t* whole = std::get_if<size_t>(&size);
  return whole != nullptr && *whole == bytes.size();
}

uint8_t key_id_of(std::span<const uint8_t> frame) { return frame[frame_key_id_offset]; }

FrameType type_of(std::span<const uint8_t> frame) { return static_cast<FrameType>(frame[frame_type_offset]); }

std::span<const uint8_t> body_of(std::span<const uint8_t> frame) {
  return sealed_part_of(frame).subspan(frame_header_bytes);
}

std::span<const uint8_t> sealed_part_of(std::span<const uint8_t> frame) {
  return frame.first(frame.size() - seal_bytes(key_id_of(frame)));
}

std::span<const uint8_t> seal_of(std::span<const uint8_t> frame) { return frame.last(seal_bytes(key_id_of(frame))); }

WireWriter open_frame(Frame& frame, FrameType type) {
  WireWriter writer{frame.bytes};
  writer.number(frame_magic);
  writer.number(frame_version);
  writer.number(static_cast<uint8_t>(type));
  writer.number(unsigned_key_id);
  writer.number(uint8_t{0});   // reserved
  writer.number(uint16_t{0});  // the body's length, when it is known
  return writer;
}

void close_frame(Frame& frame, const WireWriter& writer) {
  BUDDYRING_ASSERT(writer.ok() && writer.size() + frame_seal_bytes <= frame.bytes.size());
  frame.size = writer.size();
  WireWriter length{std::span{frame.bytes}.subspan(frame_length_offset)};
  length.number(static_cast<uint16_t>(frame.size - frame_header_bytes));
}

std::span<uint8_t, frame_seal_bytes> add_seal(Frame& frame, uint8_t key_id) {
  BUDDYRING_ASSERT(key_id != unsigned_key_id && key_id_of(frame.view()) == unsigned_key_id &&
                   frame.size + frame_seal_bytes <= frame.bytes.size());
  frame.bytes[frame_key_id_offset] = key_id;
  const auto place = std::span{frame.bytes}.subspan(frame.size).first<frame_seal_bytes>();
  frame.size += frame_seal_bytes;
  return place;
}

}  // namespace buddyring
