// SPDX-License-Identifier: Apache-2.0
// Introduction: what a new server does before it announces itself.
//
// Theory of operation. The table says where it would be put; the two servers
// there are told to expect it; and only when one of them has acknowledged does
// it announce itself, beside that place. So it is never in the table without
// anybody else's knowledge. Where nobody answers it asks for another place, and
// after limits::introduction_patience it announces itself anyhow: all others may
// be dead, and somebody has to begin.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "core/registry_messages.h"
#include "core/time.h"

namespace buddyring {

class Introduction {
 public:
  enum class Step : uint8_t {
    ask_place,  // ServerBeside is to be called
    introduce,  // ServerExpect is on its way
    announce,   // ServerAnnounce is to be called
  };

  void begin(Instant now);
  // Asks for another place, on the patience that is left.
  void begin_again() { step_ = Step::ask_place; }

  [[nodiscard]] Step step() const { return step_; }
  // The server to be announced beside; "" for the table's choice.
  [[nodiscard]] const std::string& beside() const { return beside_; }

  // The place that ServerBeside gave; returns who is to be told to expect us.
  [[nodiscard]] std::vector<Server> on_place(Instant now, const BesideReply& place);
  // A ServerExpect ended. True when nobody at this place answered, so that another is to be asked for.
  [[nodiscard]] bool on_expect_ended(std::string_view receiver, bool acknowledged);

 private:
  Step step_ = Step::ask_place;
  Instant give_up_{};
  std::string beside_;
  std::vector<std::string> told_;  // whose ServerExpect has not ended
};

}  // namespace buddyring
