// SPDX-License-Identifier: Apache-2.0
#include "core/ring_member.h"

#include <algorithm>

namespace buddyring {

RingMember::RingMember(Settings settings, Instant now)
    : pool_(std::move(settings.pool)),
      self_(std::move(settings.self)),
      detection_(settings.detection),
      list_(self_.name),
      watches_(detection_),
      next_tick_(now),
      registry_due_(now),
      registry_backoff_(limits::registry_backoff_first) {}

// --- inputs -------------------------------------------------------------------

void RingMember::handle_carrier(Instant now, bool up) {
  if (counters_.carrier != up) {
    counters_.carrier = up;
    carrier_changed_ = now;
    tell({.kind = EventKind::carrier, .at = now, .number = up});
  }
}

ReplaceAck RingMember::handle_replace(Instant now, const ReplaceMessage& message) {
  Refusal refusal = Refusal::none;
  if (message.pool != pool_) {
    refusal = Refusal::wrong_pool;
  } else if (message.receiver != self_.name) {
    refusal = Refusal::wrong_receiver;
  } else if (state_ != MemberState::member) {
    refusal = Refusal::not_member;
  }
  if (refusal == Refusal::none || refusal == Refusal::not_member) {
    note_heard(now);
  }
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
        row_in_doubt_ = true;
        break;
    }
  }
  if (code == AckCode::applied) {
    ++counters_.replaces_applied;
    watches_.sync(list_);
    tell({.kind = EventKind::replace_applied,
          .at = now,
          .subject = message.sender,
          .other = message.server_to_replace,
          .third = message.replacement.name,
          .epoch = message.receiver_epoch});
    tell_buddies(now);
  } else if (code != AckCode::already) {
    ++counters_.replaces_refused;
    tell({.kind = EventKind::replace_refused,
          .at = now,
          .subject = message.sender,
          .detail = code == AckCode::stale ? "stale" : describe(refusal)});
  }
  return {.code = code, .refusal = refusal, .epoch = list_.epoch()};
}

void RingMember::handle_replace_result(Instant now, uint64_t id, const std::optional<ReplaceAck>& acknowledgement) {
  const auto ended = orders_.finish(now, id, acknowledgement);
  if (!ended) {
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
        .other = ended->message.server_to_replace,
        .third = ended->message.replacement.name,
        .detail = result});
}

void RingMember::handle_observation(unsigned slot, const Observation& seen) {
  BUDDYRING_ASSERT(slot < WatchSet::limit);
  auto& watch = watches_.slots()[slot];
  if (watch) {
    const uint64_t answers_before = watch->seen.live_answers;
    watch->seen = seen;
    note_heard(std::max(seen.last_live, seen.last_other));
    count_uncounted(*watch, answers_before);
  }
}

void RingMember::count_uncounted(Watch& watch, uint64_t answers_before) {
  if (watch.seen.counts_us) {
    watch.uncounted = 0;
    watch.uncounted_limit = detection_.misses;
  } else if (watch.seen.live_answers != answers_before && ++watch.uncounted >= watch.uncounted_limit) {
    // It lives but does not hold us for its buddy: one of the two lists is
    // behind. Look again ever more rarely while that lasts.
    row_in_doubt_ = true;
    watch.uncounted = 0;
    watch.uncounted_limit = std::min(watch.uncounted_limit * 2, limits::uncounted_max);
  }
}

void RingMember::handle_probe_failed(unsigned slot) {
  BUDDYRING_ASSERT(slot < WatchSet::limit);
  if (watches_.slots()[slot]) {
    watches_.slots()[slot]->detector.probe_failed();
  }
}

void RingMember::handle_stop(Instant now) {
  if (state_ == MemberState::leaving || state_ == MemberState::gone) {
    return;
  }
  move(MemberEvent::stop_asked);
  leave_by_ = now + limits::leave_timeout;
  registry_due_ = now;
  tell({.kind = EventKind::leaving, .at = now});
}

void RingMember::handle_timeout(Instant now) {
  if (now >= next_tick_) {
    tick(now);
  }
  if (state_ == MemberState::leaving) {
    const bool done = left_table_ && orders_.empty();
    if (done || now >= *leave_by_) {
      left_in_order_ = left_table_;
      move(MemberEvent::settled);
      tell({.kind = EventKind::left, .at = now, .detail = left_table_ ? "in order" : "without the registry"});
    }
  }
}

// --- the tick -----------------------------------------------------------------

void RingMember::tick(Instant now) {
  const Duration lateness = now - next_tick_;
  ++counters_.ticks;
  if (lateness > detection_.interval) {
    ++counters_.stalls;
    counters_.stall_max = std::max(counters_.stall_max, lateness);
    tell({.kind = EventKind::stall, .at = now, .number = to_ns(lateness)});
  }
  // Ticks that were slept through are left out, not made up for.
  const auto behind = lateness / detection_.interval;
  next_tick_ += detection_.interval * (behind + 1);

  if (state_ != MemberState::member) {
    return;
  }
  for (unsigned slot = 0; slot < WatchSet::limit; ++slot) {
    auto& watch = watches_.slots()[slot];
    if (watch) {
      judge(now, lateness, *watch);
      // Nothing is sent into a dead link: it would only leave the kernel with
      // questions for neighbours that it repeats a second later.
      if (counters_.carrier) {
        BUDDYRING_ASSERT(probes_.push({slot, watch->detector.begin_cycle(now, heard_for(now, *watch))}));
      }
    }
  }
  seek_proof(now);
  if (!list_.a() && now >= reread_due_) {
    row_in_doubt_ = true;
    reread_due_ = now + limits::alone_reread;
  }
}

void RingMember::seek_proof(Instant now) {
  for (const auto& watch : watches_.slots()) {
    row_in_doubt_ = row_in_doubt_ ||
                    (watch && registry_vouches_for(now, *watch) && watch->detector.needs_proof(heard_for(now, *watch)));
  }
}

// A carrier that is only just back proves nothing yet: the kernel asks for a
// neighbour anew only a second after it asked in vain on the dead link.
bool RingMember::carrier_is_new(Instant now, const Watch& watch) const {
  return carrier_changed_ && now - *carrier_changed_ < limits::carrier_grace &&
         watch.seen.last_live < *carrier_changed_;
}

void RingMember::judge(Instant now, Duration lateness, Watch& watch) {
  if (watch.first_tick == Instant{}) {
    watch.first_tick = now;
  }
  // One lost question for a neighbour holds back every probe until the kernel repeats it.
  const bool resolving = watch.seen.departed_number == 0 && now - watch.first_tick < limits::carrier_grace;
  const Detector::Fitness own{.lateness = lateness,
                              .carrier = counters_.carrier && !carrier_is_new(now, watch) && !resolving};
  apply(now, watch, watch.detector.judge(now, watch.seen, own));
}

namespace {

// What came from a buddy since its last live answer: for logs and the audit.
std::string what_came(const Observation& seen) {
  return seen.last_other > seen.last_live ? describe(seen.last_other_class) : "silent";
}

}  // namespace

void RingMember::apply(Instant now, Watch& watch, DetectorAction action) {
  switch (action) {
    case DetectorAction::none:
      break;
    case DetectorAction::suspect:
      tell({.kind = EventKind::suspect,
            .at = now,
            .subject = watch.server.name,
            .detail = what_came(watch.seen),
            .number = watch.detector.misses()});
      break;
    case DetectorAction::condemn:
      ++counters_.verdicts;
      watch.condemned_at = now;
      tell({.kind = EventKind::verdict,
            .at = now,
            .subject = watch.server.name,
            .detail = what_came(watch.seen),
            .incarnation = watch.server.incarnation,
            .number = watch.detector.misses(),
            .stamp = watch.seen.last_live});
      break;
    case DetectorAction::retract:
      if (under_way_) {
        const auto* verdict = std::get_if<DeleteRequest>(&under_way_->request);
        withdrawn_ = withdrawn_ || (verdict != nullptr && verdict->server == watch.server.name);
      }
      [[fallthrough]];
    case DetectorAction::recover:
      tell({.kind = EventKind::alive, .at = now, .subject = watch.server.name});
      break;
  }
}

DeleteRequest RingMember::verdict_on(const Watch& watch) const {
  return {.server = watch.server.name,
          .incarnation = watch.server.incarnation,
          .accuser = self_.name,
          .reason = DeleteReason::dead,
          .evidence = {.last_answer_ns = to_ns(watch.seen.last_live),
                       .verdict_ns = to_ns(watch.condemned_at),
                       .misses = watch.detector.misses(),
                       .detail = what_came(watch.seen)}};
}

// --- outputs ------------------------------------------------------------------

std::optional<RingMember::ProbeOrder> RingMember::poll_probe() { return probes_.pop(); }

bool RingMember::poll_withdrawal() { return std::exchange(withdrawn_, false); }

std::optional<Instant> RingMember::poll_timeout() const {
  if (state_ == MemberState::gone) {
    return std::nullopt;
  }
  Instant next = next_tick_;
  if (const auto order = orders_.next_deadline()) {
    next = std::min(next, *order);
  }
  if (!under_way_ && wants_registry()) {
    next = std::min(next, registry_due_);
  }
  if (leave_by_) {
    next = std::min(next, *leave_by_);
  }
  return next;
}

void RingMember::tell_buddies(Instant now) {
  tell({.kind = EventKind::buddies,
        .at = now,
        .subject = list_.a() ? list_.a()->name : "",
        .other = list_.b() ? list_.b()->name : "",
        .epoch = list_.epoch()});
}

}  // namespace buddyring
