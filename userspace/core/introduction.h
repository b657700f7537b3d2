// SPDX-License-Identifier: Apache-2.0
// Introduction: what a server does before it announces itself.
//
// Theory of operation. The table says where a new server would be put; the two
// servers there are told to expect it, and probe it; and only when one of them
// has heard it does it announce itself, beside that place. So it is never in the
// table without anybody else's knowledge, nor when what its kernel answers arrives
// nowhere. A server that is in the table still asks its own two buddies.
//
// Where nobody hears it, it asks for another place. After
// limits::introduction_patience it announces itself anyhow if nobody could be
// asked: all others may be dead, and somebody has to begin. If anybody's last word
// is that it does not hear us, it does not. Who finds its row and reaches neither
// buddy rejoins at once, for the row is there already.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "core/registry_messages.h"
#include "core/replace_message.h"
#include "core/time.h"

namespace buddyring {

class Introduction {
 public:
  enum class Step : uint8_t {
    ask_place,  // ServerBeside is to be called
    ask_row,    // the table has a row of ours: ServerRow is to be called
    introduce,  // ServerExpect is on its way
    announce,   // ServerAnnounce is to be called
    unheard,    // nobody hears us: nothing is to be called
  };

  void begin(Instant now);
  // Asks for another place, on the patience that is left.
  void begin_again() { step_ = Step::ask_place; }
  // After `unheard`: begins after a pause, which doubles until on_announced. Returns when.
  Instant begin_later(Instant now);
  void on_announced() { pause_ = {}; }

  [[nodiscard]] Step step() const { return step_; }
  // The server to be announced beside; "" for the table's choice.
  [[nodiscard]] const std::string& beside() const { return beside_; }
  // Those whose last word is that they do not hear us.
  [[nodiscard]] const std::vector<std::string>& unheard_by() const { return unheard_by_; }

  // The place that ServerBeside gave, or the own row that is there already; returns
  // who is to be told to expect us.
  [[nodiscard]] std::vector<Server> on_place(Instant now, const BesideReply& place);
  [[nodiscard]] std::vector<Server> on_row(const std::optional<OwnRow>& row);
  // A ServerExpect ended; without an acknowledgement: nobody was reached. True when
  // nobody at this place heard us, so that another is to be asked for.
  [[nodiscard]] bool on_expect_ended(std::string_view receiver, const std::optional<ReplaceAck>& acknowledgement);

 private:
  [[nodiscard]] std::vector<Server> introduce_to(const BuddyRow& beside, const std::optional<BuddyRow>& next);
  Step step_ = Step::ask_place;
  Instant give_up_{};
  Duration pause_{};
  bool has_row_ = false;    // what is asked are our own two buddies
  bool was_asked_ = false;  // somebody at this place took our ServerExpect
  std::string beside_;
  std::vector<std::string> told_;  // whose ServerExpect has not ended
  std::vector<std::string> unheard_by_;
};

}  // namespace buddyring
