// SPDX-License-Identifier: Apache-2.0
// What servers tell each other, on the wire (docs/protocol.md): ServerReplace, by
// which a receiver changes its list; ServerExpect, by which it knows that a
// newcomer is about to be put beside it, and probes it; and the acknowledgement of either. One
// message and one acknowledgement a connection, each a frame (core/frame.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "core/frame.h"
#include "core/server.h"

namespace buddyring {

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

// The newcomer, which sends it, is about to announce itself beside the receiver.
struct ExpectMessage {
  std::string pool;
  std::string receiver;
  Server newcomer;  // its incarnation is the proposed one

  friend bool operator==(const ExpectMessage&, const ExpectMessage&) = default;
};

using RingMessage = std::variant<ReplaceMessage, ExpectMessage>;

enum class AckCode : uint8_t { applied = 1, already = 2, stale = 3, refused = 4 };
enum class Refusal : uint8_t {
  none = 0,
  malformed = 1,
  version = 2,
  wrong_pool = 3,
  wrong_receiver = 4,
  not_member = 5,  // not yet, or no longer: worth another try
  mismatch = 6,    // does not fit the receiver's list: it rereads its row
  unheard = 7,     // probes have left for the newcomer, but no answer of it came
  unprobed = 8,    // none has left yet, or there is no room for another newcomer
};
inline constexpr size_t refusals = 9;

struct ReplaceAck {
  AckCode code = AckCode::refused;
  Refusal refusal = Refusal::none;
  Epoch epoch = 0;  // of the receiver's list now

  friend bool operator==(const ReplaceAck&, const ReplaceAck&) = default;
};

[[nodiscard]] const char* describe(AckCode code);
[[nodiscard]] const char* describe(Refusal refusal);

// Frames without a seal yet. REQUIRES valid names.
[[nodiscard]] Frame encode(const RingMessage& message);
[[nodiscard]] Frame encode(const ReplaceAck& acknowledgement);

// Whoever has keys opens the seal first (PoolKeys): these look at the body alone.
[[nodiscard]] std::variant<RingMessage, FrameError> decode_message(std::span<const uint8_t> frame);
[[nodiscard]] std::variant<ReplaceAck, FrameError> decode_acknowledgement(std::span<const uint8_t> frame);

}  // namespace buddyring
