// SPDX-License-Identifier: Apache-2.0
// Expectations: newcomers that said they are about to be our buddies.
//
// Theory of operation. A newcomer that dies between its ServerAnnounce and its
// ServerReplace would leave a row that nobody watches, and nobody else knows of
// it. So it tells its buddies-to-be beforehand, by ServerExpect, and they look
// at the table once if it does not come. A newcomer for which there is no room
// is worth a look at once.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "core/time.h"

namespace buddyring {

class Expectations {
 public:
  // False when there is no room.
  [[nodiscard]] bool add(Instant now, std::string_view newcomer);
  // It has come.
  void fulfil(std::string_view newcomer);
  // True when one did not come in time; it is forgotten.
  [[nodiscard]] bool take_overdue(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

 private:
  struct Expected {
    std::string newcomer;
    Instant due{};
  };
  std::array<std::optional<Expected>, limits::expectations_max> expected_;
};

}  // namespace buddyring
