// SPDX-License-Identifier: Apache-2.0
#include "core/introduction.h"

#include <algorithm>

namespace buddyring {

void Introduction::begin(Instant now) {
  step_ = Step::ask_place;
  give_up_ = now + limits::introduction_patience;
}

std::vector<Server> Introduction::on_place(Instant now, const BesideReply& place) {
  beside_.clear();
  if (!place.beside || now >= give_up_) {
    step_ = Step::announce;
    return {};
  }
  step_ = Step::introduce;
  beside_ = place.beside->server.name;
  std::vector<Server> others{place.beside->server};
  if (place.next && place.next->server.name != beside_) {
    others.push_back(place.next->server);
  }
  told_.clear();
  for (const Server& other : others) {
    told_.push_back(other.name);
  }
  return others;
}

bool Introduction::on_expect_ended(std::string_view receiver, bool acknowledged) {
  const auto place = std::ranges::find(told_, receiver);
  if (step_ != Step::introduce || place == told_.end()) {
    return false;
  }
  told_.erase(place);
  if (acknowledged) {
    step_ = Step::announce;
  } else if (told_.empty()) {
    step_ = Step::ask_place;
  }
  return step_ == Step::ask_place;
}

}  // namespace buddyring
