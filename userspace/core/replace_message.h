// SPDX-License-Identifier: Apache-2.0
// ServerReplace and its acknowledgement on the wire (docs/protocol.md). One
// message and one acknowledgement a connection, each a frame: magic, version,
// type, length of the body, body.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "core/limits.h"
#include "core/server.h"

namespace buddyring {

inline constexpr uint32_t replace_magic = 0x42445250;  // "BDRP"
inline constexpr uint8_t replace_version = 1;
inline constexpr size_t replace_header_bytes = 8;
enum class FrameType : uint8_t { server_replace = 1, acknowledgement = 2 };

struct ReplaceMessage {
  std::string pool;
  std::string receiver;           // whom it is for
  Epoch receiver_epoch = 0;       // of the receiver's row after the change
  std::string server_to_replace;  // empty: the receiver was alone
  Server replacement;             // the receiver itself: none, it is alone now
  std::string sender;
  Incarnation sender_incarnation = 0;

  friend bool operator==(const ReplaceMessage&, const ReplaceMessage&) = default;
};

enum class AckCode : uint8_t { applied = 1, already = 2, stale = 3, refused = 4 };
enum class Refusal : uint8_t {
  none = 0,
  malformed = 1,
  version = 2,
  wrong_pool = 3,
  wrong_receiver = 4,
  not_member = 5,  // not yet, or no longer: worth another try
  mismatch = 6,    // does not fit the receiver's list: it rereads its row
};

struct ReplaceAck {
  AckCode code = AckCode::refused;
  Refusal refusal = Refusal::none;
  Epoch epoch = 0;  // of the receiver's list now

  friend bool operator==(const ReplaceAck&, const ReplaceAck&) = default;
};

[[nodiscard]] const char* describe(AckCode code);
[[nodiscard]] const char* describe(Refusal refusal);

// A frame ready to send.
struct Frame {
  std::array<uint8_t, limits::replace_message_bytes_max> bytes{};
  size_t size = 0;
  [[nodiscard]] std::span<const uint8_t> view() const { return {bytes.data(), size}; }
};

// REQUIRES valid names.
[[nodiscard]] Frame encode(const ReplaceMessage& message);
[[nodiscard]] Frame encode(const ReplaceAck& acknowledgement);

enum class FrameError : uint8_t { malformed, version, oversize };

// What a frame's first bytes say of it: how long it is as a whole, nothing when
// more bytes are needed to know, or why it will never be one.
using FrameSize = std::variant<size_t, std::monostate, FrameError>;
[[nodiscard]] FrameSize frame_size(std::span<const uint8_t> bytes);

// REQUIRES one whole frame, as frame_size measured it.
[[nodiscard]] std::variant<ReplaceMessage, FrameError> decode_message(std::span<const uint8_t> frame);
[[nodiscard]] std::variant<ReplaceAck, FrameError> decode_acknowledgement(std::span<const uint8_t> frame);

}  // namespace buddyring
