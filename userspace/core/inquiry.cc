// SPDX-License-Identifier: Apache-2.0
#include "core/inquiry.h"

#include <algorithm>
#include <utility>

namespace buddyring {
namespace {

// Nobody answers in a whole run: that is waited out this many detection times,
// because it is more likely us.
constexpr int silence_patience = 4;

// What a witness said longer ago than this many intervals counts for nothing: we
// have been asleep.
constexpr int word_age_max = 2;

}  // namespace

void Inquiry::on_beyond(Instant now, std::vector<BeyondRow> beyond) {
  const auto is_same_name = [](const BeyondRow& one, const BeyondRow& other) {
    return one.row.server.name == other.row.server.name;
  };
  if (!std::ranges::equal(beyond, beyond_, is_same_name)) {
    alone_since_.reset();
  }
  beyond_ = std::move(beyond);
  known_ = !beyond_.empty();
  wants_beyond_ = false;
  wants_deletion_ = false;  // what was found was about those known before
  asked_ = now;
  ask_pause_ = std::clamp<Duration>(ask_pause_ * 2, settings_.interval,
                                    std::max<Duration>(settings_.interval, limits::refused_pause));
  watched_ = beyond_.size();
}

std::span<const BeyondRow> Inquiry::to_watch() const { return std::span{beyond_}.first(watched_); }

void Inquiry::pause() {
  wants_deletion_ = false;
  abstaining_since_.reset();
  alone_since_.reset();
  unasked_since_.reset();
}

bool Inquiry::conclude(Instant now, const WatchSet& watches, const std::string& self) {
  unasked_before_ = std::exchange(unasked_since_, std::nullopt);
  Finding found = find(now, watches, self);
  if (found.word != WitnessWord::abstains) {
    abstaining_since_.reset();
  }
  if (found.word != WitnessWord::closed && found.word != WitnessWord::beyond) {
    alone_since_.reset();
  }
  // Somebody still heard the suspect a moment ago. Whoever holds it for dead besides
  // us must be its neighbour, and have had the time to become it.
  const bool alone_with_it = found.run > 0 || found.word != WitnessWord::concurs;
  if (found.kind == FindingKind::dead && alone_with_it && vouched_ &&
      now - *vouched_ < silence_patience * detection_time()) {
    found.kind = FindingKind::undecided;
    wants_beyond_ = wants_beyond_ || now - asked_ >= ask_pause_;
  }
  const bool unanswered = !known_ || found.kind == FindingKind::outdated;
  // The mark by which the table knows that we are alive fades.
  const bool mark_fades = now - asked_ >= Duration{limits::mark_window} / 2;
  wants_beyond_ = wants_beyond_ || mark_fades || (unanswered && now - asked_ >= ask_pause_);
  // Behind a witness nobody needs to be watched.
  watched_ = found.witnessed ? found.run + 1 : beyond_.size();
  wants_deletion_ = found.kind == FindingKind::dead && now >= deletion_due_;
  finding_ = found;
  const bool reason =
      found.kind == FindingKind::contested || found.kind == FindingKind::abstains || found.kind == FindingKind::silent;
  return reason && std::exchange(told_, found.kind) != found.kind;
}

Finding Inquiry::find(Instant now, const WatchSet& watches, const std::string& self) {
  const Watch* suspect = watches.find(suspect_.name);
  if (!known_ || suspect == nullptr || suspect->detector.state() != BuddyState::condemned) {
    return {};
  }
  const bool testified = suspect->detector.testified();
  // A buddy that does not count us cannot accuse us: we may be in the ring without
  // its knowledge. Without a witness it is given the time to look at the table.
  const bool stranger = !suspect->seen.counts_us &&
                        now - std::max(suspect->first_tick, suspect->seen.last_live) < limits::stranger_patience;
  for (size_t index = 0; index < beyond_.size(); ++index) {
    const Server& server = beyond_[index].row.server;
    if (server.name == self) {
      // Nobody else is left who could be asked; a single cycle more than the
      // verdict for one, in case it accuses us, a whole time for several.
      const Duration patience = index == 0 ? (testified ? Duration{} : patience_interval()) : detection_time();
      alone_since_ = alone_since_.value_or(now);
      const bool dead = now - *alone_since_ >= patience && !stranger;
      return {.kind = dead ? FindingKind::dead : FindingKind::undecided, .run = index, .word = WitnessWord::closed};
    }
    const Watch* watch = watches.find(server.name);
    if (watch != nullptr && watch->server != server) {
      return {.kind = FindingKind::outdated};
    }
    if (watch == nullptr) {
      return {};
    }
    if (answers(now, *watch)) {
      return hear_witness(now, index, *watch, testified);
    }
    if (watch->detector.state() != BuddyState::condemned) {
      // Who sends no probe to the suspect either has nothing to say about it.
      const bool blind = suspect->detector.last_end() == CycleEnd::voided;
      return stranger || blind ? Finding{} : cannot_be_asked(now, index);
    }
  }
  // Nobody of so many: most likely it is us, or nearly all are dead.
  alone_since_ = alone_since_.value_or(now);
  const bool dead = now - *alone_since_ >= silence_patience * detection_time() && !stranger;
  return {
      .kind = dead ? FindingKind::dead : FindingKind::silent, .run = beyond_.size() - 1, .word = WitnessWord::beyond};
}

// Neither heard nor missed: it is too early, or our probes cannot reach it through
// our own fault, which must not hold up a deletion for ever.
Finding Inquiry::cannot_be_asked(Instant now, size_t index) {
  unasked_since_ = unasked_before_.value_or(now);
  if (now - *unasked_since_ < limits::carrier_grace + silence_patience * detection_time()) {
    return {};
  }
  return {.kind = FindingKind::dead, .run = index, .witnessed = true, .word = WitnessWord::abstains};
}

Finding Inquiry::hear_witness(Instant now, size_t index, const Watch& witness, bool testified) {
  const BeyondRow& row = beyond_[index];
  const bool is_needed = index > 0 || !testified;
  Finding found{.kind = FindingKind::contested, .run = index, .witnessed = true};
  if (!witness.seen.word_fresh) {
    abstaining_since_ = abstaining_since_.value_or(now);
    const bool waited = !is_needed || now - *abstaining_since_ >= detection_time();
    found.kind = waited ? FindingKind::dead : FindingKind::abstains;
    found.word = WitnessWord::abstains;
  } else if (witness.seen.epoch != row.row.epoch) {
    found.kind = FindingKind::outdated;
  } else if (row.faces_with_a ? witness.seen.doubts_a : witness.seen.doubts_b) {
    found.kind = FindingKind::dead;
    found.word = WitnessWord::concurs;
  } else if (!is_needed) {
    found.kind = FindingKind::dead;
    found.word = WitnessWord::abstains;
  } else if (index == 0) {
    vouched_ = now;
  }
  return found;
}

bool Inquiry::answers(Instant now, const Watch& watch) const {
  return watch.detector.state() == BuddyState::alive && watch.detector.last_end() == CycleEnd::answered &&
         now - watch.seen.last_live <= word_age_max * settings_.interval;
}

std::vector<RunMember> Inquiry::run() const {
  std::vector<RunMember> members;
  for (const BeyondRow& each : std::span{beyond_}.first(finding_.run)) {
    members.push_back({.server = each.row.server.name, .incarnation = each.row.server.incarnation});
  }
  return members;
}

std::string Inquiry::witness() const { return finding_.witnessed ? beyond_[finding_.run].row.server.name : ""; }

void Inquiry::on_refused(Instant again, bool beyond_changed, bool paused) {
  wants_deletion_ = false;
  deletion_due_ = again;
  wants_beyond_ = wants_beyond_ || beyond_changed;
  paused_ = paused;
}

}  // namespace buddyring
