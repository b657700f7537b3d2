// SPDX-License-Identifier: Apache-2.0
#include "core/ring_member.h"

#include <algorithm>
#include <string_view>

namespace buddyring {

RingMember::RingMember(Settings settings, Instant now)
    : pool_(std::move(settings.pool)),
      self_(std::move(settings.self)),
      zone_(std::move(settings.zone)),
      detection_(settings.detection),
      list_(self_.name),
      rtt_report_(identity_of(pool_, self_.name)),
      watches_(detection_),
      next_tick_(now),
      registry_due_(now),
      registry_backoff_(limits::registry_backoff_first) {
  introduction_.begin(now);
  if (settings.resumes) {
    resuming_ = true;
    was_member_ = true;
    state_ = MemberState::member;
    row_in_doubt_ = true;
    flaps_.on_member(now);
  }
}

// --- inputs -------------------------------------------------------------------

void RingMember::handle_carrier(Instant now, bool up) {
  if (counters_.carrier != up) {
    counters_.carrier = up;
    carrier_changed_ = now;
    tell({.kind = EventKind::carrier, .at = now, .number = up});
    // A link that was away answered nobody, which is no reason to give up; a pause that is on goes on.
    introduction_.begin(std::max(now, registry_due_));
    linkless_by_ = up ? std::nullopt : std::optional(now + limits::carrier_patience);
  }
}

// A driver may take the link down for seconds when a program is attached; a start waits that long.
void RingMember::give_up_without_carrier(Instant now) {
  if (linkless_by_ && now >= *linkless_by_ && state_ == MemberState::joining && !was_member_ && service_there_) {
    start_error_ = Error{ErrorKind::no_carrier, "its own link stayed away"};
  }
}

void RingMember::handle_observation(Instant now, unsigned slot, const Observation& seen) {
  BUDDYRING_ASSERT(slot < WatchSet::limit);
  if (Watch* watch = watches_.in(slot)) {
    const Observation before = std::exchange(watch->seen, seen);
    if (watch->role == WatchRole::newcomer) {
      return;  // a stranger: what it answers proves nothing, and is looked at when it asks
    }
    note_heard(std::max(seen.last_live, seen.last_other));
    const DetectorAction action = watch->detector.hear(seen);
    // What a witness says may have changed what was found; a buddy may be one, too.
    const bool word_changed = seen.word_fresh != before.word_fresh || seen.doubts_a != before.doubts_a ||
                              seen.doubts_b != before.doubts_b || seen.epoch != before.epoch;
    heard_again_ = heard_again_ || word_changed || action != DetectorAction::none;
    apply(now, *watch, action);
    if (watch->role == WatchRole::buddy) {
      note_misfits(now, *watch, before);
    }
  }
}

// It answers, but not as the server that we hold it for, or without holding us
// for its buddy: one of us is behind the table. Look again ever more rarely
// while that lasts.
void RingMember::note_misfits(Instant now, Watch& watch, const Observation& before) {
  const Observation& seen = watch.seen;
  const bool live = seen.live_answers != before.live_answers;
  const bool other = seen.last_other != before.last_other;
  if (other && seen.last_other > seen.last_live) {
    if (watch.told != seen.last_other_class) {
      tell({.kind = EventKind::answers_as,
            .at = now,
            .subject = watch.server.name,
            .detail = describe(seen.last_other_class),
            .incarnation = seen.other_incarnation});
    }
    watch.told = seen.last_other_class;
  } else if (live) {
    tell_of_kept(now, watch);
  }
  if (live && seen.counts_us) {
    watch.misfits = 0;
    watch.misfits_limit = 1;
    return;
  }
  const bool another = other && (seen.last_other_class == AnswerClass::other_identity ||
                                 seen.last_other_class == AnswerClass::other_incarnation ||
                                 seen.last_other_class == AnswerClass::not_member);
  if ((live || another) && ++watch.misfits >= watch.misfits_limit) {
    row_in_doubt_ = true;
    watch.misfits = 0;
    watch.misfits_limit = std::min(watch.misfits_limit * 2, limits::uncounted_max);
  }
}

// A stale lease is no miss where the server wants it so, but nobody is to overlook it.
void RingMember::tell_of_kept(Instant now, Watch& watch) {
  const AnswerClass is = watch.seen.kept ? AnswerClass::stale_kept : AnswerClass::live;
  const AnswerClass told = std::exchange(watch.told, is);
  if (is != told && (watch.seen.kept || told == AnswerClass::stale_kept)) {
    tell({.kind = EventKind::answers_as,
          .at = now,
          .subject = watch.server.name,
          .detail = describe(is),
          .incarnation = watch.server.incarnation});
  }
}

void RingMember::handle_probe_failed(unsigned slot) {
  BUDDYRING_ASSERT(slot < WatchSet::limit);
  if (Watch* watch = watches_.in(slot)) {
    watch->detector.probe_failed();
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

void RingMember::handle_service(Instant now, bool there) {
  if (service_there_ != there) {
    service_there_ = there;
    registry_due_ = now;
    introduction_.begin(now);
    if (linkless_by_) {
      linkless_by_ = now + limits::carrier_patience;
    }
  }
}

void RingMember::handle_timeout(Instant now) {
  if (look_ && now >= *look_) {
    look_.reset();  // the observations of this wake-up were what it was for
  }
  give_up_without_carrier(now);
  if (std::exchange(heard_again_, false) && state_ == MemberState::member) {
    conclude_inquiries(now);
  }
  if (now >= next_tick_) {
    tick(now);
  } else if (check_ && now >= *check_) {
    check(now);
  }
  if (const auto overdue = expectations_.take_overdue(now); overdue.any) {
    row_in_doubt_ = row_in_doubt_ || overdue.acknowledged;
    sync_watches();
  }
  if (message_doubt_ && now >= message_reread_due_) {
    doubt_row_for_message(now);
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

// --- outputs ------------------------------------------------------------------

Word RingMember::word() const {
  const auto doubts = [&](const std::optional<Server>& buddy) {
    const Watch* watch = buddy ? watches_.find(buddy->name) : nullptr;
    return watch != nullptr && watch->server == *buddy && watch->role == WatchRole::buddy &&
           watch->detector.state() == BuddyState::condemned;
  };
  return {.doubts_a = doubts(list_.a()), .doubts_b = doubts(list_.b()), .until = word_until_};
}

bool RingMember::is_contested(std::string_view buddy) const {
  return std::ranges::any_of(inquiries_, [&](const auto& inquiry) {
    return inquiry && inquiry->suspect().name == buddy && inquiry->finding().kind == FindingKind::contested;
  });
}

bool RingMember::is_paused(std::string_view buddy) const {
  return std::ranges::any_of(inquiries_, [&](const auto& inquiry) {
    return inquiry && inquiry->suspect().name == buddy && inquiry->paused();
  });
}

std::optional<Instant> RingMember::poll_timeout() const {
  if (state_ == MemberState::gone) {
    return std::nullopt;
  }
  Instant next = std::min(next_tick_, check_.value_or(next_tick_));
  for (const auto& due : {look_, orders_.next_deadline(), expectations_.next_deadline(), leave_by_}) {
    next = std::min(next, due.value_or(next));
  }
  if (!under_way_ && wants_registry()) {
    next = std::min(next, registry_due_);
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
