// SPDX-License-Identifier: Apache-2.0
// RingMember's ticks: judging who is watched, and what is found out about whom.
// The theory of operation is in ring_member.h, detector.h and inquiry.h.
#include <algorithm>
#include <array>

#include "core/ring_member.h"

namespace buddyring {
namespace {

// So many looks fit into an interval: on most networks what was asked has been answered by then.
constexpr int looks_an_interval = 8;

}  // namespace

// --- ticks --------------------------------------------------------------------

void RingMember::tick(Instant now) {
  const Duration lateness = now - next_tick_;
  ++counters_.ticks;
  count_delay(counters_.tick_delay, lateness);
  if (lateness > detection_.interval) {
    ++counters_.stalls;
    counters_.stall_max = std::max(counters_.stall_max, lateness);
    tell({.kind = EventKind::stall, .at = now, .number = to_ns(lateness)});
  }
  // Ticks that were slept through are left out, not made up for.
  const auto behind = lateness / detection_.interval;
  next_tick_ += detection_.interval * (behind + 1);
  check_.reset();

  if (state_ != MemberState::member) {
    watched_at_ = now;
    return;
  }
  const auto is_judged = [this](unsigned slot) { return watches_.in(slot)->role != WatchRole::newcomer; };
  for (const unsigned slot : watches_.in_use()) {
    if (is_judged(slot)) {
      judge(now, lateness, *watches_.in(slot));
    }
  }
  renew_word(now, lateness);
  begin_inquiries();
  conclude_or_pause(now, lateness);
  for (const unsigned slot : watches_.in_use()) {
    if (is_judged(slot)) {
      begin_cycle(now, slot);
    }
  }
  look_soon(now);
  plan_check(now);
  seek_proof();
  note_watched(now);
  if (rtt_report_.wants_sample(now)) {
    sample_rtts(now);
  }
  const Duration idle_max = list_.a() ? Duration{limits::idle_reread} : Duration{limits::alone_reread};
  row_in_doubt_ = row_in_doubt_ || now - registry_heard_ >= idle_max;
}

void RingMember::handle_detection(Instant now, DetectionSettings detection) {
  const Instant last_tick = next_tick_ - detection_.interval;
  detection_ = detection;
  // A tick that would have been before is due now, and not late.
  next_tick_ = std::max(now, last_tick + detection_.interval);
  // Whoever could judge until now still can: until the next tick says so anew.
  if (word_until_ > now) {
    word_until_ = std::max(word_until_, next_tick_ + detection_.interval);
  }
  watches_.adjust(detection_);
  for (auto& inquiry : inquiries_) {
    if (inquiry) {
      inquiry->adjust(detection_);
    }
  }
  plan_check(now);
}

// Between two ticks, while somebody is missed: only hurried cycles are judged, which are
// those of suspects and of those beyond them. One that comes too late to judge them, or
// just before a tick, is left out: what is under way goes on to the next.
void RingMember::check(Instant now) {
  const Duration lateness = now - *check_;
  check_.reset();
  const Duration time = detection_.check_time();
  if (lateness <= time && next_tick_ - now >= time / 2) {
    for (const unsigned slot : watches_.in_use()) {
      if (Watch& watch = *watches_.in(slot); watch.detector.ends_at_check(now, time)) {
        judge(now, lateness, watch);
      }
    }
    begin_inquiries();
    conclude_or_pause(now, lateness);
    begin_hurried_cycles(now);
    look_soon(now);
    seek_proof();
  }
  plan_check(now);
}

// The next quarter of the interval that is not too close to come with a check of its own.
void RingMember::plan_check(Instant now) {
  const Duration time = detection_.check_time();
  const bool wanted = inquires() || watches_.any([](const Watch& watch) { return watch.detector.hurries(); });
  Instant next = next_tick_ - detection_.interval;
  while (next < next_tick_ && next < now + time / 2) {
    next += time;
  }
  check_ = wanted && next < next_tick_ ? std::optional(next) : std::nullopt;
}

void RingMember::begin_hurried_cycles(Instant now) {
  for (const unsigned slot : watches_.in_use()) {
    if (watches_.in(slot)->detector.hurries()) {
      begin_cycle(now, slot);
    }
  }
}

void RingMember::begin_cycle(Instant now, unsigned slot) {
  Watch& watch = *watches_.in(slot);
  // Nothing is sent into a dead link: it would only leave the kernel with
  // questions for neighbours that it repeats a second later.
  if (counters_.carrier && !watch.detector.under_way()) {
    BUDDYRING_ASSERT(probes_.push({slot, watch.detector.begin_cycle(now, heard())}));
  }
}

void RingMember::seek_proof() {
  row_in_doubt_ =
      row_in_doubt_ || watches_.any([&](const Watch& watch) { return watch.detector.needs_proof(heard()); });
}

// The table says who watches us, their answers say whether they do.
void RingMember::note_watched(Instant now) {
  const Duration patience = limits::unwatched_patience + 2 * detection_.misses * detection_.interval;
  const auto watches_us = [&](const Watch& watch) {
    return watch.role == WatchRole::buddy && watch.seen.counts_us && watch.seen.last_live > watched_at_;
  };
  if (!list_.a() || watches_.any(watches_us)) {
    watched_at_ = now;
  }
  const bool unwatched = now - watched_at_ > patience;
  if (unwatched != std::exchange(counters_.unwatched, unwatched)) {
    tell({.kind = EventKind::unwatched, .at = now, .number = unwatched});
  }
}

// Of a buddy that is missed the latest answer is an old one.
void RingMember::sample_rtts(Instant now) {
  const auto sample_of = [this](const std::optional<Server>& buddy) {
    const Watch* watch = buddy ? watches_.find(buddy->name) : nullptr;
    const bool heard = watch != nullptr && watch->detector.state() == BuddyState::alive;
    return RttReport::Sample{.buddy = buddy ? std::string_view(buddy->name) : std::string_view{},
                             .rtt = heard ? watch->seen.rtt : Duration{}};
  };
  rtt_report_.sample(now, {sample_of(list_.a()), sample_of(list_.b())});
}

// Our word as a witness is worth something only as long as our judge could judge.
void RingMember::renew_word(Instant now, Duration lateness) {
  // One that no probe could leave for yet is not doubted; that ends by itself.
  const auto could_not_judge = [](const Watch& watch) {
    return watch.role == WatchRole::buddy && watch.seen.departed_number != 0 &&
           watch.detector.last_end() == CycleEnd::voided;
  };
  if (counters_.carrier && lateness <= detection_.interval && !watches_.any(could_not_judge)) {
    word_until_ = now + 2 * detection_.interval;
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
  // One lost question for a neighbour holds back every probe until the kernel
  // repeats it. Those beyond a suspect have no such time: the witness's word
  // stands against a mistake about them.
  const bool resolving = watch.role == WatchRole::buddy && watch.seen.departed_number == 0 &&
                         now - watch.first_tick < limits::carrier_grace;
  const Detector::Fitness own{.lateness = lateness,
                              .carrier = counters_.carrier && !carrier_is_new(now, watch) && !resolving};
  apply(now, watch, watch.detector.judge(now, watch.seen, own));
}

namespace {

const char* what_came(const Observation& seen) {
  return seen.last_other > seen.last_live ? describe(seen.last_other_class) : "silent";
}

}  // namespace

void RingMember::apply(Instant now, Watch& watch, DetectorAction action) {
  if (action == DetectorAction::condemn) {
    watch.condemned_at = now;
  }
  if (watch.role == WatchRole::beyond) {
    return;  // its own buddies say what becomes of it
  }
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
      tell({.kind = EventKind::verdict,
            .at = now,
            .subject = watch.server.name,
            .detail = what_came(watch.seen),
            .incarnation = watch.server.incarnation,
            .number = watch.detector.misses(),
            .stamp = watch.seen.last_live});
      break;
    case DetectorAction::retract:
    case DetectorAction::recover:
      withdraw_verdict_on(watch.server.name);
      tell({.kind = EventKind::alive, .at = now, .subject = watch.server.name});
      break;
  }
}

// --- inquiries ------------------------------------------------------------------

Inquiry* RingMember::inquiry_into(std::string_view server) {
  for (auto& inquiry : inquiries_) {
    if (inquiry && inquiry->suspect().name == server) {
      return &*inquiry;
    }
  }
  return nullptr;
}

// A buddy that has missed half of the cycles that a verdict takes, or more: those beyond it
// are judged meanwhile, and a run takes less than half as long again as one death.
bool RingMember::is_suspected(const Watch& watch) const {
  return watch.role == WatchRole::buddy && watch.detector.state() != BuddyState::alive &&
         2 * watch.detector.misses() >= detection_.misses;
}

bool RingMember::inquires() const {
  return std::ranges::any_of(inquiries_, [](const auto& each) { return each.has_value(); });
}

void RingMember::begin_inquiries() {
  drop_idle_inquiries();
  for (const unsigned slot : watches_.in_use()) {
    const Watch* watch = watches_.in(slot);
    if (is_suspected(*watch) && inquiry_into(watch->server.name) == nullptr) {
      const auto vacant = std::ranges::find_if(inquiries_, [](const auto& each) { return !each; });
      BUDDYRING_ASSERT(vacant != inquiries_.end());
      vacant->emplace(watch->server, detection_);
      ++counters_.inquiries;
    }
  }
}

void RingMember::drop_idle_inquiries() {
  bool dropped = false;
  for (auto& inquiry : inquiries_) {
    const Watch* watch = inquiry ? watches_.find(inquiry->suspect().name) : nullptr;
    if (inquiry && (watch == nullptr || watch->server != inquiry->suspect() || !is_suspected(*watch))) {
      inquiry.reset();
      dropped = true;
    }
  }
  if (dropped) {
    sync_watches();
  }
}

void RingMember::conclude_or_pause(Instant now, Duration lateness) {
  if (lateness > detection_.interval || !counters_.carrier) {
    pause_inquiries();
  } else {
    conclude_inquiries(now);
  }
}

void RingMember::conclude_inquiries(Instant now) {
  if (!inquires()) {
    return;
  }
  drop_idle_inquiries();
  for (auto& inquiry : inquiries_) {
    if (!inquiry) {
      continue;
    }
    if (inquiry->conclude(now, watches_, self_.name)) {
      tell_finding(now, *inquiry);
    }
    if (inquiry->finding().kind != FindingKind::dead) {
      withdraw_verdict_on(inquiry->suspect().name);
    }
  }
  sync_watches();
  if (!check_) {
    plan_check(now);
  }
}

// A witness's word comes with its answer to the probe that has just been begun, and
// needs not lie until the next check.
void RingMember::look_soon(Instant now) {
  const auto waits = [&](const std::optional<Inquiry>& inquiry) {
    return inquiry && inquiry->finding().kind != FindingKind::dead;
  };
  if (std::ranges::any_of(inquiries_, waits)) {
    look_ = now + detection_.interval / looks_an_interval;
  } else {
    look_.reset();
  }
}

void RingMember::pause_inquiries() {
  for (auto& inquiry : inquiries_) {
    if (inquiry) {
      inquiry->pause();
      withdraw_verdict_on(inquiry->suspect().name);
    }
  }
}

void RingMember::tell_finding(Instant now, const Inquiry& inquiry) {
  const Finding& finding = inquiry.finding();
  const char* why = "nobody beyond it answers";
  if (finding.kind == FindingKind::contested) {
    ++counters_.contested;
    why = "its other buddy hears it";
  } else if (finding.kind == FindingKind::abstains) {
    why = "its other buddy cannot judge";
  }
  tell({.kind = EventKind::abstain,
        .at = now,
        .subject = inquiry.suspect().name,
        .other = inquiry.witness(),
        .detail = why});
}

void RingMember::withdraw_verdict_on(std::string_view server) {
  if (under_way_) {
    const auto* verdict = std::get_if<DeleteRequest>(&under_way_->request);
    withdrawn_ = withdrawn_ || (verdict != nullptr && verdict->server == server);
  }
}

void RingMember::sync_watches() {
  // Who is no buddy any more is inquired into no longer, nor anybody beyond it.
  const auto is_buddy = [&](const Server& server) { return list_.a() == server || list_.b() == server; };
  for (auto& inquiry : inquiries_) {
    if (inquiry && !is_buddy(inquiry->suspect())) {
      inquiry.reset();
    }
  }
  std::array<const Server*, 2 * limits::beyond_max> beyond{};
  size_t count = 0;
  for (const auto& inquiry : inquiries_) {
    for (const BeyondRow& each : inquiry ? inquiry->to_watch() : std::span<const BeyondRow>{}) {
      if (each.row.server.name != self_.name) {
        beyond.at(count++) = &each.row.server;
      }
    }
  }
  std::array<const Server*, limits::expectations_max> newcomers{};
  size_t expected = 0;
  for (const auto& each : expectations_.all()) {
    if (each) {
      newcomers.at(expected++) = &each->newcomer;
    }
  }
  watches_.sync(list_, std::span{beyond}.first(count), std::span{newcomers}.first(expected));
}

DeleteRequest RingMember::verdict_on(const Inquiry& inquiry) const {
  const Watch* watch = watches_.find(inquiry.suspect().name);
  BUDDYRING_ASSERT(watch != nullptr);
  return {.server = watch->server.name,
          .incarnation = watch->server.incarnation,
          .accuser = self_.name,
          .reason = DeleteReason::dead,
          .evidence = {.last_answer_ns = to_ns(watch->seen.last_live),
                       .verdict_ns = to_ns(watch->condemned_at),
                       .misses = watch->detector.misses(),
                       .detail = what_came(watch->seen)},
          .run = inquiry.run(),
          .witness = inquiry.witness(),
          .word = inquiry.finding().word};
}

}  // namespace buddyring
