// SPDX-License-Identifier: Apache-2.0
// Frames: what servers tell each other over TCP, one a direction and connection
// (docs/protocol.md).
//
// Theory of operation. A frame is a header, a body, and a seal unless the key id
// in the header is 0. The core lays out where key id and seal stand, so that a
// frame can be measured before anybody trusts it; making and checking the seal
// takes a key and is PoolKeys' (posix/pool_keys.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "core/limits.h"
#include "core/wire.h"

namespace buddyring {

inline constexpr uint32_t frame_magic = 0x42445250;  // "BDRP"
inline constexpr uint8_t frame_version = 3;
inline constexpr size_t frame_version_offset = 4;
inline constexpr size_t frame_type_offset = 5;
inline constexpr size_t frame_key_id_offset = 6;
inline constexpr size_t frame_length_offset = 8;  // of the body
inline constexpr size_t frame_header_bytes = 10;
inline constexpr size_t frame_seal_bytes = 32;
// The key id of a frame without a seal.
inline constexpr uint8_t unsigned_key_id = 0;

enum class FrameType : uint8_t { server_replace = 1, acknowledgement = 2, server_expect = 3 };

struct Frame {
  std::array<uint8_t, limits::replace_message_bytes_max> bytes{};
  size_t size = 0;
  [[nodiscard]] std::span<const uint8_t> view() const { return {bytes.data(), size}; }
};

enum class FrameError : uint8_t { malformed, version, oversize };

// What a frame's first bytes say of it: how long it is as a whole, nothing when
// more bytes are needed to know, or why it will never be one.
using FrameSize = std::variant<size_t, std::monostate, FrameError>;
[[nodiscard]] FrameSize frame_size(std::span<const uint8_t> bytes);

// True for exactly one frame, no byte missing and none too many.
[[nodiscard]] bool is_whole_frame(std::span<const uint8_t> bytes);

// The parts of a frame. REQUIRES is_whole_frame.
[[nodiscard]] uint8_t key_id_of(std::span<const uint8_t> frame);
[[nodiscard]] FrameType type_of(std::span<const uint8_t> frame);
[[nodiscard]] std::span<const uint8_t> body_of(std::span<const uint8_t> frame);
// Header and body: what the seal is over.
[[nodiscard]] std::span<const uint8_t> sealed_part_of(std::span<const uint8_t> frame);
// Empty for a frame without one.
[[nodiscard]] std::span<const uint8_t> seal_of(std::span<const uint8_t> frame);

// Makes a frame without a seal: the body is written between the two.
[[nodiscard]] WireWriter open_frame(Frame& frame, FrameType type);
// REQUIRES that the writer is ok and that the frame has room left for a seal.
void close_frame(Frame& frame, const WireWriter& writer);
// Names the key and returns the place of the seal, to be filled in by the caller.
// REQUIRES a whole frame without a seal, and a key id that is not 0.
[[nodiscard]] std::span<uint8_t, frame_seal_bytes> add_seal(Frame& frame, uint8_t key_id);

}  // namespace buddyring
