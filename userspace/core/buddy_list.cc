// SPDX-License-Identifier: Apache-2.0
#include "core/buddy_list.h"

namespace buddyring {
namespace {

bool is(const std::optional<Server>& server, std::string_view name) { return server && server->name == name; }

std::optional<Server> server_of(const std::optional<BuddyRow>& row) {
  return row ? std::optional<Server>(row->server) : std::nullopt;
}

}  // namespace

BuddyList::Change BuddyList::replace(std::string_view server_to_replace, const Server& replacement, Epoch epoch) {
  if (epoch < epoch_) {
    return Change::stale;
  }
  if (epoch == epoch_) {
    const bool there = replacement.name == self_ ? !a_ : a_ == replacement || b_ == replacement;
    return there ? Change::already : Change::mismatch;
  }
  if (epoch != epoch_ + 1) {
    return Change::mismatch;
  }

  const bool none = replacement.name == self_;
  if (server_to_replace.empty()) {
    if (a_ || none) {
      return Change::mismatch;
    }
    a_ = b_ = replacement;
  } else if (!contains(server_to_replace)) {
    return Change::mismatch;
  } else if (none) {
    // Only of two servers can one be left alone.
    if (!is(a_, server_to_replace) || !is(b_, server_to_replace)) {
      return Change::mismatch;
    }
    a_.reset();
    b_.reset();
  } else if (server_to_replace == replacement.name) {
    a_ = is(a_, server_to_replace) ? replacement : a_;
    b_ = is(b_, server_to_replace) ? replacement : b_;
  } else {
    (is(b_, server_to_replace) ? b_ : a_) = replacement;
  }
  epoch_ = epoch;
  return Change::applied;
}

bool BuddyList::assign(const OwnRow& row, Epoch asked) {
  if (row.epoch < epoch_ && epoch_ != asked) {
    return false;
  }
  a_ = server_of(row.buddy_a);
  b_ = server_of(row.buddy_b);
  epoch_ = row.epoch;
  return true;
}

void BuddyList::clear() {
  a_.reset();
  b_.reset();
  epoch_ = 0;
}

bool BuddyList::contains(std::string_view name) const { return is(a_, name) || is(b_, name); }

}  // namespace buddyring
