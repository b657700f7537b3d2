// SPDX-License-Identifier: Apache-2.0
// RttReport: what a server tells of the round trips to its buddies, for those who look at the
// pool, and when.
//
// Theory of operation. The table is to be touched on change alone, so what is told is so coarse
// that it rarely changes: the power of two, in microseconds, that round trips stay below. A
// typical round trip follows those that are seen once a second, by an eighth of the difference,
// and one that is far off counts for at most twice or half of it. Its class changes only when it
// is a quarter beyond the class's borders. A class that has held for a while is told where it is
// news, and no more than one report in a long while unless buddies are new. How long the while
// is differs from server to server, so that what happens to all of a pool at once is not told by
// all of them at once. Nothing here asks for anything: whoever has this decides whether the
// registry has something better to do.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "core/registry_messages.h"
#include "core/server.h"
#include "core/time.h"

namespace buddyring {

class RttReport {
 public:
  // By `self` its while is longer than that of others.
  explicit RttReport(Identity self);

  // Of buddies A and B: the round trip of the latest answer; 0 where nothing was heard.
  struct Sample {
    std::string_view buddy;  // "" for none
    Duration rtt{};
  };
  [[nodiscard]] bool wants_sample(Instant now) const { return now >= sample_due_; }
  void sample(Instant now, const std::array<Sample, 2>& samples);

  [[nodiscard]] bool due(Instant now) const { return now >= due_; }
  [[nodiscard]] std::array<RttSummary, 2> summary() const;

  // The server is in the table anew: nothing of this life is told yet.
  void on_announced(Instant now);
  void on_reply(Instant now, const std::array<RttSummary, 2>& told, bool taken);
  // The registry was in error, about whatever.
  void on_error(Instant now);
  // The table will not have it. True the first time since one was taken.
  [[nodiscard]] bool on_refused(Instant now);

 private:
  struct Side {
    std::string buddy{};
    Duration typical{};
    unsigned rtt_class = 0;
    Instant since{};  // that it is this buddy's class
  };
  static void follow(Instant now, Side& side, Duration rtt);
  [[nodiscard]] Instant next_due() const;
  void put_off(Instant until);

  const Duration while_;
  std::array<Side, 2> sides_;
  std::optional<std::array<RttSummary, 2>> told_;
  Instant told_at_{};
  Instant not_before_{};
  Instant sample_due_{};
  Instant due_ = Instant::max();
  bool refused_ = false;
};

}  // namespace buddyring
