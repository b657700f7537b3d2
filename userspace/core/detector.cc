// SPDX-License-Identifier: Apache-2.0
#include "core/detector.h"

#include <algorithm>
#include <utility>

namespace buddyring {

// The table of docs/protocol.md, "detector"; scripts/check-protocol compares them.
constexpr DetectorTable table = {{
    // answered, miss, last_miss, voided
    {{{BuddyState::alive, DetectorAction::none},
      {BuddyState::suspect, DetectorAction::suspect},
      {BuddyState::condemned, DetectorAction::condemn},
      {BuddyState::alive, DetectorAction::none}}},
    {{{BuddyState::alive, DetectorAction::recover},
      {BuddyState::suspect, DetectorAction::none},
      {BuddyState::condemned, DetectorAction::condemn},
      {BuddyState::suspect, DetectorAction::none}}},
    {{{BuddyState::alive, DetectorAction::retract},
      {BuddyState::condemned, DetectorAction::none},
      {BuddyState::condemned, DetectorAction::none},
      {BuddyState::condemned, DetectorAction::none}}},
}};

const DetectorTable detector_table = table;

namespace {

// A hurried cycle takes at least so many times the slowest answer of late.
constexpr int answer_margin = 2;
// What was slow is forgotten by this part with each answer.
constexpr int answer_fade = 16;

}  // namespace

DetectorAction Detector::judge(Instant now, const Observation& seen, Fitness own) {
  if (!under_way_) {
    return DetectorAction::none;
  }
  under_way_ = false;
  last_end_ = end_of_cycle(now, seen, own);
  if (last_end_ == CycleEnd::miss || last_end_ == CycleEnd::last_miss) {
    first_missed_ = misses_ == 0 ? sent_ : first_missed_;
    proven_ = proven_ || is_proof();
    ++misses_;
    const bool testimony = seen.last_other_class == AnswerClass::stale_lease && seen.last_other >= sent_;
    silent_ = silent_ || !testimony;
  } else if (last_end_ == CycleEnd::voided) {
    // What proved our own network before we could not judge proves nothing now.
    proven_ = false;
    first_missed_ = sent_;
  }
  return move(last_end_);
}

DetectorAction Detector::hear(const Observation& seen) {
  if (seen.live_answers != std::exchange(answers_timed_, seen.live_answers)) {
    slowest_answer_ = std::max(seen.rtt, slowest_answer_ - slowest_answer_ / answer_fade);
  }
  const bool clears = misses_ > 0 && seen.last_live >= first_missed_;
  return clears ? move(CycleEnd::answered) : DetectorAction::none;
}

DetectorAction Detector::move(CycleEnd end) {
  if (end == CycleEnd::answered) {
    misses_ = 0;
    silent_ = false;
    proven_ = false;
  }
  const DetectorTransition& step = table[static_cast<size_t>(state_)][static_cast<size_t>(end)];
  state_ = step.next;
  return step.action;
}

CycleEnd Detector::end_of_cycle(Instant now, const Observation& seen, Fitness own) const {
  // Any live answer since the probe was handed over is life, also one to an
  // earlier probe: on a long path answers take more than an interval.
  if (seen.last_live >= sent_) {
    return CycleEnd::answered;
  }
  const bool left = seen.departed_number >= number_;
  const bool left_late = left && now - seen.departed < awaited_ / 2;
  const bool judged_early = now - sent_ < awaited_ / 2;
  const bool judged_late = own.lateness > settings_.interval;
  const bool blind = !left && seen.unstamped >= sent_;
  if (!own.carrier || left_late || judged_early || judged_late || blind) {
    return CycleEnd::voided;
  }
  const bool enough = misses_ + 1 >= settings_.misses && (proven_ || is_proof());
  return enough ? CycleEnd::last_miss : CycleEnd::miss;
}

// Two probes to one server never have the same number in one life of ours, although it may be
// watched several times, and by several processes: a clock that counts from the start of the
// host is ahead of all that were counted from one of its earlier readings.
uint64_t Detector::first_number(Instant now) { return std::max<uint64_t>(1, to_ns(now)); }

bool Detector::is_proof() const { return misses_ > 0 && heard_ >= first_missed_; }

// For as many more as a verdict takes; who hears nobody at all does not go on at that pace.
bool Detector::hurries() const {
  const bool confirms = state_ == BuddyState::suspect && misses_ < 2 * settings_.misses &&
                        slowest_answer_ != Duration{} && answer_margin * slowest_answer_ <= settings_.check_time();
  return settings_.hurried || confirms;
}

uint64_t Detector::begin_cycle(Instant now, Instant heard) {
  sent_ = now;
  awaited_ = hurries() ? settings_.check_time() : settings_.interval;
  heard_ = heard;
  under_way_ = true;
  number_ = number_ == 0 ? first_number(now) : number_ + 1;
  return number_;
}

void Detector::probe_failed() {
  under_way_ = false;
  last_end_ = CycleEnd::voided;
}

void Detector::begin_anew(DetectionSettings settings) {
  const uint64_t number = number_;
  *this = Detector{settings};
  number_ = number;
}

void Detector::doubt() {
  if (state_ == BuddyState::condemned) {
    state_ = BuddyState::suspect;
    misses_ = settings_.misses - 1;
  }
}

}  // namespace buddyring
