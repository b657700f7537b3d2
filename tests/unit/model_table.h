// SPDX-License-Identifier: Apache-2.0
// ModelTable: the server table and its procedures as plain C++, for tests of
// the core. tests/registry holds the real procedures to the same behaviour.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/registry_messages.h"

namespace buddyring {

class ModelTable {
 public:
  struct Row {
    Server server;
    Epoch epoch = 1;
    std::string a;
    std::string b;
  };

  // Beside the row at `random` modulo the size.
  AnnounceReply announce(const AnnounceRequest& request, size_t random) {
    Server server = request.server;
    server.incarnation = std::max(server.incarnation, last_incarnation_ + 1);
    last_incarnation_ = server.incarnation;
    if (Row* row = find(server.name)) {
      row->server = server;
      ++row->epoch;
      raise(row->a);
      if (row->b != row->a) {
        raise(row->b);
      }
      return {.rejoined = true, .own = *own_row(server.name)};
    }
    if (rows_.empty()) {
      rows_.push_back({.server = server, .epoch = 1, .a = "", .b = ""});
    } else {
      splice(server, rows_[random % rows_.size()].server.name);
    }
    return {.rejoined = false, .own = *own_row(server.name)};
  }

  DeleteReply remove(const DeleteRequest& request) {
    DeleteReply reply;
    const Row* dead = find(request.server);
    if (dead == nullptr) {
      reply.outcome = DeleteReply::Outcome::already;
    } else if (request.incarnation != 0 && dead->server.incarnation != request.incarnation) {
      reply.outcome = DeleteReply::Outcome::superseded;
    } else if (request.reason == DeleteReason::dead && dead->a != request.accuser && dead->b != request.accuser) {
      reply.outcome = DeleteReply::Outcome::not_buddy;
    } else {
      reply.outcome = DeleteReply::Outcome::deleted;
      const auto [a, b] = std::pair(dead->a, dead->b);
      std::erase_if(rows_, [&](const Row& row) { return row.server.name == request.server; });
      close(a, request.server, b);
      if (a != b) {
        close(b, request.server, a);
      }
      reply.buddies = {buddy_row(a), buddy_row(b)};
    }
    if (request.accuser != request.server) {
      reply.own = own_row(request.accuser);
    }
    return reply;
  }

  [[nodiscard]] RowReply row(const RowRequest& request) { return {own_row(request.server)}; }

  [[nodiscard]] Row* find(const std::string& name) {
    const auto place = std::ranges::find_if(rows_, [&](const Row& row) { return row.server.name == name; });
    return place == rows_.end() ? nullptr : &*place;
  }
  [[nodiscard]] size_t size() const { return rows_.size(); }

 private:
  void splice(const Server& server, const std::string& random_server) {
    const std::string random_buddy = find(random_server)->a;
    const bool alone = random_buddy.empty();
    replace(random_server, random_buddy, server.name);
    if (!alone) {
      replace(random_buddy, random_server, server.name);
    }
    rows_.push_back({.server = server, .epoch = 1, .a = random_server, .b = alone ? random_server : random_buddy});
  }

  // The one rule of replacement: where both match, B goes; alone, both are filled.
  void replace(const std::string& in, const std::string& old_buddy, const std::string& new_buddy) {
    Row* row = find(in);
    ++row->epoch;
    if (old_buddy.empty()) {
      row->a = row->b = new_buddy;
    } else {
      (row->b == old_buddy ? row->b : row->a) = new_buddy;
    }
  }

  void close(const std::string& in, const std::string& dead, const std::string& other) {
    Row* row = find(in);
    if (row == nullptr) {
      return;
    }
    if (in == other) {
      row->a.clear();
      row->b.clear();
      ++row->epoch;
    } else {
      replace(in, dead, other);
    }
  }

  void raise(const std::string& name) {
    if (Row* row = find(name)) {
      ++row->epoch;
    }
  }

  std::optional<BuddyRow> buddy_row(const std::string& name) {
    const Row* row = find(name);
    return row != nullptr ? std::optional(BuddyRow{row->server, row->epoch}) : std::nullopt;
  }

  std::optional<OwnRow> own_row(const std::string& name) {
    const Row* row = find(name);
    if (row == nullptr) {
      return std::nullopt;
    }
    return OwnRow{.incarnation = row->server.incarnation,
                  .epoch = row->epoch,
                  .buddy_a = buddy_row(row->a),
                  .buddy_b = buddy_row(row->b)};
  }

  std::vector<Row> rows_;
  Incarnation last_incarnation_ = 0;
};

}  // namespace buddyring
