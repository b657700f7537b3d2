// SPDX-License-Identifier: Apache-2.0
// Observation: what the kernel programs saw of one watched server, as facts and
// stamps; whether it means life or death is the judge's to say.
#pragma once

#include <cstdint>

#include "core/server.h"
#include "core/time.h"

namespace buddyring {

// The classes of docs/protocol.md, same order as enum buddyring_answer_class.
enum class AnswerClass : uint8_t {
  live,
  plain,
  other_identity,
  not_member,
  other_incarnation,
  stale_lease,
  stale_kept,
};
inline constexpr size_t answer_classes = 7;

// "host up, not a member" and the like: for logs and for the audit table.
[[nodiscard]] const char* describe(AnswerClass answer_class);

struct Observation {
  // The latest probe that really left, by number, and when.
  uint64_t departed_number = 0;
  Instant departed{};
  // When an answer last came to a probe that was not seen leaving: our own egress
  // program is bypassed, and silence means nothing. The epoch (0) when never.
  Instant unstamped{};
  // Arrival of the latest sign of life, of class live or stale_kept; the epoch (0) when there was none.
  Instant last_live{};
  uint64_t live_answers = 0;
  Duration rtt{};  // round trip of the latest answer; 0 when there was none
  // What the latest of these says besides.
  bool kept = false;        // it was of class stale_kept: the agent is not to be seen
  bool counts_us = false;   // "you are my buddy"
  bool word_fresh = false;  // its judge is at work, so that the next two mean something
  bool doubts_a = false;    // its judge holds its own buddy A for dead
  bool doubts_b = false;
  Epoch epoch = 0;  // of its buddy list
  // The latest answer of another class; the epoch (0) when there was none.
  AnswerClass last_other_class = AnswerClass::live;
  Instant last_other{};
  Incarnation other_incarnation = 0;  // that it named; 0 for PLAIN
};

}  // namespace buddyring
