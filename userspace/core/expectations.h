// SPDX-License-Identifier: Apache-2.0
// Expectations: newcomers that said they are about to be our buddies.
//
// Theory of operation. A newcomer that dies between its ServerAnnounce and its
// ServerReplace would leave a row that nobody watches, and nobody else knows of
// it. So it tells its buddies-to-be beforehand, by ServerExpect. They probe it, for
// a server whose answers arrive nowhere must not be announced, and acknowledge when
// they have heard it; and who did that looks at the table once if it does not come.
// A newcomer that says nothing more is forgotten after limits::expectation_patience.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/limits.h"
#include "core/server.h"
#include "core/time.h"

namespace buddyring {

class Expectations {
 public:
  struct Expected {
    Server newcomer;
    Instant since{};            // it was first expected in this incarnation
    Instant due{};              // it is forgotten
    bool acknowledged = false;  // it may have announced itself by then
  };

  // It is expected for another while; a newcomer of the same name in another
  // incarnation, or of the same address, is so no longer. nullptr when there is no room.
  Expected* expect(Instant now, const Server& newcomer);
  // It has come.
  void fulfil(std::string_view newcomer);
  void clear() { expected_ = {}; }

  [[nodiscard]] const Expected* find(std::string_view newcomer) const;
  [[nodiscard]] const std::array<std::optional<Expected>, limits::expectations_max>& all() const { return expected_; }

  // Forgets those who did not come in time.
  struct Overdue {
    bool any = false;
    bool acknowledged = false;  // one of them: the table is worth a look
  };
  [[nodiscard]] Overdue take_overdue(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

 private:
  std::array<std::optional<Expected>, limits::expectations_max> expected_;
};

}  // namespace buddyring
