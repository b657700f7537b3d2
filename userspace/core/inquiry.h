// SPDX-License-Identifier: Apache-2.0
// Inquiry: what has to be known before a silent buddy may be deleted.
//
// Theory of operation. Two buddies watch each server, and one of them alone is
// no proof: its own way to the server may be cut. So when a buddy is about to
// be condemned, the table is asked who is beyond it, and these are watched too.
// The first of them that answers is the witness: its answers say whether its own
// judge holds the server before it for dead. Those between the buddy and the
// witness that do not answer are dead as well, and the whole run is deleted at
// once, so that adjacent deaths cost no more time than one.
//
// A suspect whose own kernel testified against its agent, each time, needs no
// second opinion: the witness is its other buddy, and need not have come as far.
//
// The inquiry itself asks nobody: it says what it wants to know and draws its
// conclusion from the watches, at each tick anew.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/limits.h"
#include "core/registry_messages.h"
#include "core/watch_set.h"

namespace buddyring {

// What an inquiry has found, in the order of docs/protocol.md.
enum class FindingKind : uint8_t {
  undecided,  // not all is known yet
  contested,  // the witness hears the server before it: it lives
  abstains,   // the witness answers, but its judge does not work
  outdated,   // the witness has another row than the table gave us
  silent,     // nobody beyond answers
  dead,       // the run is to be deleted
};

struct Finding {
  FindingKind kind = FindingKind::undecided;
  size_t run = 0;          // servers beyond the suspect that are dead as well
  bool witnessed = false;  // the one beyond them answers
  WitnessWord word = WitnessWord::none;
  friend bool operator==(const Finding&, const Finding&) = default;
};

class Inquiry {
 public:
  Inquiry(Server suspect, DetectionSettings settings) : suspect_(std::move(suspect)), settings_(settings) {}

  [[nodiscard]] const Server& suspect() const { return suspect_; }

  // --- what is beyond -----------------------------------------------------------
  // True when the table is to be asked who is beyond the suspect.
  [[nodiscard]] bool wants_beyond() const { return wants_beyond_; }
  void on_beyond(Instant now, std::vector<BeyondRow> beyond);
  // Those beyond who are to be watched now.
  [[nodiscard]] std::span<const BeyondRow> to_watch() const;

  // --- the conclusion -------------------------------------------------------------
  // At each tick, after the watches were judged. `self`: our own name. True when
  // nobody is deleted for another reason than the last time that this was true.
  bool conclude(Instant now, const WatchSet& watches, const std::string& self);
  // Instead, at a tick at which we cannot judge: what is waited for, is waited
  // for anew.
  void pause();
  [[nodiscard]] const Finding& finding() const { return finding_; }
  // The server that answered beyond the dead; "" when none did.
  [[nodiscard]] std::string witness() const;
  // True when the table is to be asked to delete what was found dead.
  [[nodiscard]] bool wants_deletion() const { return wants_deletion_; }
  // REQUIRES a finding `dead`. The dead beyond the suspect, nearest first.
  [[nodiscard]] std::vector<RunMember> run() const;
  // From now on by these.
  void adjust(DetectionSettings settings) { settings_ = settings; }
  // The table refused; not to be asked again before `again`. `beyond_changed`: nor on the same grounds.
  // `paused`: because the pool's verdicts are.
  void on_refused(Instant again, bool beyond_changed, bool paused);
  // That was the table's last word.
  [[nodiscard]] bool paused() const { return paused_; }

 private:
  [[nodiscard]] Finding find(Instant now, const WatchSet& watches, const std::string& self);
  [[nodiscard]] Finding cannot_be_asked(Instant now, size_t index);
  [[nodiscard]] Finding hear_witness(Instant now, size_t index, const Watch& witness, bool testified);
  [[nodiscard]] bool answers(Instant now, const Watch& watch) const;
  // For what others do: an interval, and the time of a detection, but not less than the table takes.
  [[nodiscard]] Duration patience_interval() const {
    return std::max<Duration>(settings_.interval, limits::inquiry_interval_min);
  }
  [[nodiscard]] Duration detection_time() const { return settings_.misses * patience_interval(); }

  Server suspect_;
  DetectionSettings settings_;
  std::vector<BeyondRow> beyond_;
  bool known_ = false;  // beyond_ is the table's reply
  bool wants_beyond_ = true;
  Instant asked_{};       // when the reply came
  Duration ask_pause_{};  // until it is asked again, if it turns out to be outdated
  size_t watched_ = 0;    // how many of beyond_ are to be watched
  std::optional<Instant> abstaining_since_;
  std::optional<Instant> alone_since_;     // nobody beyond answers
  std::optional<Instant> unasked_since_;   // the first who does not answer is not missed either
  std::optional<Instant> unasked_before_;  // the same, at the last conclusion
  std::optional<Instant> vouched_;         // the suspect's other buddy heard it
  Finding finding_;
  FindingKind told_ = FindingKind::undecided;  // why nobody is deleted, as last told
  bool wants_deletion_ = false;
  Instant deletion_due_{};
  bool paused_ = false;
};

}  // namespace buddyring
