// SPDX-License-Identifier: Apache-2.0
// FlapDamper: how long a server that was deleted while it lived waits before it
// announces itself again. The pause doubles with each deletion, so that a server
// with a bad link does not keep its ring in motion, and is forgotten after a
// while of membership.
#pragma once

#include <algorithm>

#include "core/limits.h"
#include "core/time.h"

namespace buddyring {

class FlapDamper {
 public:
  void on_member(Instant now) { member_since_ = now; }
  [[nodiscard]] Duration on_removed(Instant now) {
    const bool forgotten = pause_ == Duration{} || now - member_since_ >= limits::rejoin_pause_forgotten;
    pause_ =
        forgotten ? Duration{limits::rejoin_pause_first} : std::min<Duration>(pause_ * 2, limits::rejoin_pause_max);
    return pause_;
  }

 private:
  Instant member_since_{};
  Duration pause_{};
};

}  // namespace buddyring
