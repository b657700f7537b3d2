// SPDX-License-Identifier: Apache-2.0
// BuddyList: a server's own copy of its two buddies and of their epoch.
//
// Theory of operation. The server table is the truth; this list follows it in
// two ways. assign() takes over a row that was read. replace() applies a
// ServerReplace, which is only a hint: it counts when it is exactly the next
// change of this row and fits what stands here, so that a lost, repeated or
// reordered message can never leave the list in a state the table never had.
#pragma once

#include <optional>
#include <string_view>

#include "core/registry_messages.h"
#include "core/server.h"

namespace buddyring {

class BuddyList {
 public:
  // `self` is the name of the server whose list this is.
  explicit BuddyList(std::string_view self) : self_(self) {}

  enum class Change {
    applied,   // the list changed
    already,   // the list was there before
    stale,     // an older epoch than the list's
    mismatch,  // not the next change of this list: reread the own row
  };

  // Replaces `server_to_replace` (empty: the list is empty) by `replacement`
  // (the own name: none) when `epoch` is the next one. The table's procedures
  // follow the same rule: where both buddies match, B is replaced, unless the
  // replacement is the same server in a new incarnation, which replaces both.
  [[nodiscard]] Change replace(std::string_view server_to_replace, const Server& replacement, Epoch epoch);

  // Takes over a row of the table. A row older than the list is ignored, since
  // a ServerReplace can overtake the reply that carries it. True if taken.
  // `asked` is the list's epoch when the row was asked for: a list that has not
  // moved since cannot have overtaken the reply, so then the row counts in any case.
  bool assign(const OwnRow& row, Epoch asked);

  // Forgets everything: this server is in no table.
  void clear();

  [[nodiscard]] bool contains(std::string_view name) const;
  [[nodiscard]] const std::optional<Server>& a() const { return a_; }
  [[nodiscard]] const std::optional<Server>& b() const { return b_; }
  [[nodiscard]] Epoch epoch() const { return epoch_; }

  friend bool operator==(const BuddyList&, const BuddyList&) = default;

 private:
  std::string self_;
  std::optional<Server> a_;
  std::optional<Server> b_;
  Epoch epoch_ = 0;
};

}  // namespace buddyring
