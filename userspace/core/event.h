// SPDX-License-Identifier: Apache-2.0
// Event: something an operator may want to know of, in the order it happened.
#pragma once

#include <cstdint>
#include <string>

#include "core/server.h"
#include "core/time.h"

namespace buddyring {

enum class EventKind : uint8_t {
  announced,        // subject: none; number: 1 if rejoined
  buddies,          // subject: A, other: B; epoch
  suspect,          // subject: the buddy; number: misses; detail: what came instead
  alive,            // subject: the buddy
  verdict,          // subject: the buddy; incarnation; number: misses; stamp: last live answer; detail
  answers_as,       // subject: the buddy; detail: what it answers as: other than live, or live after stale_kept
  abstain,          // subject: a condemned buddy; other: the witness; detail: why it is not deleted
  deleted,          // subject: the buddy; other: the witness; number: how many at once; detail: outcome
  replace_sent,     // subject: receiver, other: server to replace, third: replacement; detail: result
  replace_applied,  // subject: sender, other: server to replace, third: replacement; epoch
  replace_refused,  // subject: sender; detail: why
  unwatched,        // no buddy's answer says that it watches us; number: 1 begins, 0 is over
  removed,          // our own row is gone
  unheard,          // subject: those who do not hear us; number: the pause before we try again, ns
  flapping,         // it is gone once more; number: the pause before we announce ourselves again, ns
  registry_lost,    // detail: why
  registry_reached,
  unreported,  // the table will not have summaries of round trips, and gets no more; detail: why
  stall,       // number: how late the tick ran, ns
  priority,    // of our own thread; number: that of real time, 0 none; detail: why, or what kept it from changing
  carrier,     // number: 1 up, 0 down
  leaving,
  left,  // detail: how it ended
};

struct Event {
  EventKind kind = EventKind::announced;
  Instant at{};
  std::string subject{};
  std::string other{};
  std::string third{};
  std::string detail{};
  Incarnation incarnation = 0;
  Epoch epoch = 0;
  uint64_t number = 0;
  Instant stamp{};
};

}  // namespace buddyring
