// SPDX-License-Identifier: Apache-2.0
#include "core/introduction.h"

#include <algorithm>

namespace buddyring {

void Introduction::begin(Instant now) {
  step_ = Step::ask_place;
  give_up_ = now + limits::introduction_patience;
  told_.clear();
  unheard_by_.clear();
}

Instant Introduction::begin_later(Instant now) {
  pause_ = pause_ == Duration{} ? Duration{limits::unheard_pause_first}
                                : std::min<Duration>(pause_ * 2, limits::unheard_pause_max);
  begin(now + pause_);
  return now + pause_;
}

std::vector<Server> Introduction::on_place(Instant now, const BesideReply& place) {
  beside_.clear();
  has_row_ = place.known;
  if (now >= give_up_) {
    step_ = unheard_by_.empty() ? Step::announce : Step::unheard;
    return {};
  }
  if (place.known) {
    step_ = Step::ask_row;
    return {};
  }
  if (!place.beside) {
    step_ = Step::announce;
    return {};
  }
  return introduce_to(*place.beside, place.next);
}

std::vector<Server> Introduction::on_row(const std::optional<OwnRow>& row) {
  if (step_ != Step::ask_row) {
    return {};  // begun anew meanwhile
  }
  if (!row) {
    step_ = Step::ask_place;  // it has just been deleted
    return {};
  }
  if (!row->buddy_a) {
    step_ = Step::announce;
    return {};
  }
  return introduce_to(*row->buddy_a, row->buddy_b);
}

std::vector<Server> Introduction::introduce_to(const BuddyRow& beside, const std::optional<BuddyRow>& next) {
  step_ = Step::introduce;
  was_asked_ = false;
  beside_ = beside.server.name;
  std::vector<Server> others{beside.server};
  if (next && next->server.name != beside_) {
    others.push_back(next->server);
  }
  told_.clear();
  for (const Server& other : others) {
    told_.push_back(other.name);
  }
  return others;
}

bool Introduction::on_expect_ended(std::string_view receiver, const std::optional<ReplaceAck>& acknowledgement) {
  const auto place = std::ranges::find(told_, receiver);
  if (step_ != Step::introduce || place == told_.end()) {
    return false;
  }
  told_.erase(place);
  const Refusal refusal = acknowledgement ? acknowledgement->refusal : Refusal::not_member;
  std::erase(unheard_by_, receiver);
  if (refusal == Refusal::unheard) {
    unheard_by_.emplace_back(receiver);
  }
  was_asked_ = was_asked_ || refusal == Refusal::unheard || refusal == Refusal::unprobed;
  // To one that knows our address as another's the table has the answer.
  const bool heard = acknowledgement && acknowledgement->code == AckCode::applied;
  if (heard || refusal == Refusal::mismatch) {
    step_ = Step::announce;
  } else if (told_.empty()) {
    step_ = has_row_ && !was_asked_ ? Step::announce : Step::ask_place;
  }
  return step_ == Step::ask_place;
}

}  // namespace buddyring
