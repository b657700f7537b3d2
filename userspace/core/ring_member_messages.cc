// SPDX-License-Identifier: Apache-2.0
// RingMember's messages: what other servers tell it, and what became of what it
// told them. The theory of operation is in ring_member.h.
#include <algorithm>

#include "core/ring_member.h"

namespace buddyring {

// --- messages -----------------------------------------------------------------

ReplaceAck RingMember::handle_message(Instant now, const RingMessage& message) {
  const auto* replace = std::get_if<ReplaceMessage>(&message);
  return replace != nullptr ? take_replace(now, *replace) : take_expect(now, std::get<ExpectMessage>(message));
}

Refusal RingMember::refusal_of(const std::string& pool, const std::string& receiver) const {
  if (pool != pool_) {
    return Refusal::wrong_pool;
  }
  if (receiver != self_.name) {
    return Refusal::wrong_receiver;
  }
  return state_ == MemberState::member ? Refusal::none : Refusal::not_member;
}

void RingMember::doubt_row_for_message(Instant now) {
  message_doubt_ = now < message_reread_due_;
  if (!message_doubt_) {
    row_in_doubt_ = true;
    message_reread_due_ = now + limits::message_reread_pause;
  }
}

ReplaceAck RingMember::take_replace(Instant now, const ReplaceMessage& message) {
  Refusal refusal = refusal_of(message.pool, message.receiver);
  AckCode code = AckCode::refused;
  if (refusal == Refusal::none) {
    switch (list_.replace(message.server_to_replace, message.replacement, message.receiver_epoch)) {
      case BuddyList::Change::applied:
        code = AckCode::applied;
        break;
      case BuddyList::Change::already:
        code = AckCode::already;
        break;
      case BuddyList::Change::stale:
        code = AckCode::stale;
        break;
      case BuddyList::Change::mismatch:
        refusal = Refusal::mismatch;
        doubt_row_for_message(now);
        break;
    }
  }
  if (code == AckCode::applied) {
    // Any other message may be a replay, which proves nothing of our network.
    note_heard(now);
    ++counters_.replaces_applied;
    expectations_.fulfil(message.replacement.name);
    sync_watches();
    tell({.kind = EventKind::replace_applied,
          .at = now,
          .subject = message.sender,
          .other = message.server_to_replace,
          .third = message.replacement.name,
          .epoch = message.receiver_epoch});
    tell_buddies(now);
  } else if (code == AckCode::already) {
    ++counters_.replaces_repeated;
  } else {
    note_refused(now, message.sender, refusal);
  }
  return {.code = code, .refusal = refusal, .epoch = list_.epoch()};
}

void RingMember::note_refused(Instant now, const std::string& sender, Refusal refusal) {
  const bool stale = refusal == Refusal::none;
  ++counters_.replaces_refused;
  ++(stale ? counters_.replaces_stale : counters_.replaces_refused_for.at(static_cast<size_t>(refusal)));
  tell({.kind = EventKind::replace_refused,
        .at = now,
        .subject = sender,
        .detail = stale ? describe(AckCode::stale) : describe(refusal)});
}

ReplaceAck RingMember::take_expect(Instant now, const ExpectMessage& message) {
  const Refusal refusal = refusal_of(message.pool, message.receiver);
  if (refusal != Refusal::none) {
    note_refused(now, message.newcomer.name, refusal);
    return {.code = AckCode::refused, .refusal = refusal, .epoch = list_.epoch()};
  }
  const Refusal heard = probe_newcomer(now, message.newcomer);
  const AckCode code = heard == Refusal::none ? AckCode::applied : AckCode::refused;
  return {.code = code, .refusal = heard, .epoch = list_.epoch()};
}

namespace {

// It has answered a probe of ours in this very incarnation, since it is expected.
bool is_heard(const Watch& watch, const Expectations::Expected& expected) {
  const Observation& seen = watch.seen;
  const bool live = watch.server == expected.newcomer && seen.last_live >= expected.since;
  return live || (seen.last_other_class == AnswerClass::not_member && seen.last_other >= expected.since &&
                  seen.other_incarnation == expected.newcomer.incarnation);
}

}  // namespace

// One probe a message: whoever makes us probe an address sends more than we do. A
// server that we watch already is probed in any case, and once more at once, but not
// with each message: a probe late in a cycle leaves that without an end.
Refusal RingMember::probe_newcomer(Instant now, const Server& newcomer) {
  const auto conflicts = [&](const Server& known) {
    return (known.name == newcomer.name) != (known.address == newcomer.address);
  };
  const auto is_known_otherwise = [&](const Watch& watch) {
    return watch.role != WatchRole::newcomer && conflicts(watch.server);
  };
  if (newcomer.name == self_.name || newcomer.address == self_.address || watches_.any(is_known_otherwise)) {
    doubt_row_for_message(now);
    return Refusal::mismatch;
  }
  const bool is_new = expectations_.find(newcomer.name) == nullptr;
  Expectations::Expected* expected = expectations_.expect(now, newcomer);
  if (expected == nullptr) {
    return Refusal::unprobed;
  }
  counters_.expects += is_new ? 1 : 0;
  sync_watches();
  const auto slot = watches_.slot_of(newcomer.name);
  if (!slot) {
    return Refusal::unprobed;  // it gives way to another
  }
  Watch& watch = *watches_.in(*slot);
  if (is_heard(watch, *expected)) {
    expected->acknowledged = true;
    return Refusal::none;
  }
  const Observation seen = watch.seen;
  if (counters_.carrier && (is_new || watch.role == WatchRole::newcomer)) {
    static_cast<void>(probes_.push({*slot, watch.detector.number_extra_probe()}));
  }
  // It may be us: answers to probes that we did not see leaving cannot be matched, and
  // who has heard nobody for a while, though it did before, may be deaf.
  const bool deaf = heard_ != Instant{} && now - heard_ > limits::carrier_grace + 2 * detection_.interval;
  const bool probed = seen.departed_number != 0 && seen.departed >= expected->since && seen.unstamped < expected->since;
  return probed && !deaf ? Refusal::unheard : Refusal::unprobed;
}

void RingMember::handle_replace_result(Instant now, uint64_t id, const std::optional<ReplaceAck>& acknowledgement) {
  const auto ended = orders_.finish(now, id, acknowledgement);
  if (!ended) {
    return;
  }
  const auto* replace = std::get_if<ReplaceMessage>(&ended->message);
  if (replace == nullptr) {
    on_expect_ended(now, ended->to.name, acknowledgement);
    return;
  }
  const char* result = "unreachable";
  if (acknowledgement) {
    result = acknowledgement->code == AckCode::refused ? describe(acknowledgement->refusal)
                                                       : describe(acknowledgement->code);
  }
  tell({.kind = EventKind::replace_sent,
        .at = now,
        .subject = ended->to.name,
        .other = replace->server_to_replace,
        .third = replace->replacement.name,
        .detail = result});
}

}  // namespace buddyring
