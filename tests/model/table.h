// SPDX-License-Identifier: Apache-2.0
// ModelTable: the server table and its procedures as plain C++, for tests of
// the core. tests/registry holds the real procedures to the same behaviour.
//
// Theory of operation. A row a server, found by name; slots 1 to n without a gap
// pick random ones; what a name reached in earlier lives outlives its row. No
// call walks further than limits::beyond_max rows, so that a pool of 100,000
// servers costs what a small one does. Where the procedures draw a number, so
// does the model, from whoever made it.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "core/registry_messages.h"
#include "core/time.h"

namespace buddyring {

class ModelTable {
 public:
  // A number below `below`, each as likely as the others.
  using NumberSource = std::function<uint64_t(uint64_t below)>;

  // A buddy's suspicion.
  struct Mark {
    std::string by{};
    Instant at{};
  };

  struct Row {
    Server server;
    Epoch epoch = 1;
    std::string a{};  // "" when alone
    std::string b{};
    std::string zone{};
    std::array<Mark, 2> marks{};  // of its buddy A, of its buddy B
    size_t slot = 0;              // from 0
  };

  explicit ModelTable(NumberSource numbers) : numbers_(std::move(numbers)) {}

  // --- the procedures -------------------------------------------------------
  [[nodiscard]] Result<AnnounceReply> announce(const AnnounceRequest& request, Instant now);
  [[nodiscard]] BesideReply beside(const BesideRequest& request);
  [[nodiscard]] BeyondReply beyond(const BeyondRequest& request, Instant now);
  [[nodiscard]] DeleteReply remove(const DeleteRequest& request, Instant now);
  [[nodiscard]] RowReply row(const RowRequest& request) const {
    return {.own = own_row(request.server), .ring_servers = size()};
  }
  // PoolPause: no verdict counts before `until`, which may be past.
  void pause(Instant until) {
    paused_until_ = until;
    ++version_;
  }
  [[nodiscard]] bool is_paused(Instant now) const { return now < paused_until_; }

  // --- for who looks on -------------------------------------------------------
  [[nodiscard]] Row* find(const std::string& name) {
    const auto place = rows_.find(name);
    return place == rows_.end() ? nullptr : &place->second;
  }
  [[nodiscard]] const Row* find(const std::string& name) const { return const_cast<ModelTable*>(this)->find(name); }
  [[nodiscard]] size_t size() const { return rows_.size(); }
  // In the order of names.
  [[nodiscard]] const std::map<std::string, Row>& rows() const { return rows_; }
  // Rises with each change.
  [[nodiscard]] uint64_t version() const { return version_; }

 private:
  struct Past {
    Incarnation incarnation = 0;
    Epoch epoch = 0;
  };

  // Announcing.
  [[nodiscard]] std::optional<Error> conflict(const Server& server) const;
  [[nodiscard]] const Row* place_for(const std::string& zone);
  [[nodiscard]] const Row& across(const Row& row, const std::string& zone) const;
  void insert(const AnnounceRequest& request, const Row* beside);
  void rejoin(Row& row, const AnnounceRequest& request);

  // Deleting.
  [[nodiscard]] DeleteReply::Outcome may_delete(const DeleteRequest& request, Instant now);
  [[nodiscard]] static bool is_disputed(const DeleteRequest& request, const Row& accuser, Instant now);
  [[nodiscard]] bool fits_the_ring(const DeleteRequest& request) const;
  [[nodiscard]] bool is_over_the_cap(const DeleteRequest& request, Instant now);
  [[nodiscard]] std::array<std::string, 2> left_facing(const DeleteRequest& request, const Row& first) const;
  void take_out(const std::string& name);

  // The one rule of replacement: where both match, B goes.
  void replace(const std::string& in, const std::string& old_buddy, const std::string& new_buddy) {
    Row& row = *find(in);
    ++row.epoch;
    (row.b == old_buddy ? row.b : row.a) = new_buddy;
  }

  // The way on from `row` for who came from `from`.
  [[nodiscard]] static const std::string& onward(const Row& row, const std::string& from) {
    return row.a == from ? row.b : row.a;
  }

  [[nodiscard]] std::optional<BuddyRow> buddy_row(const std::string& name) const {
    const Row* row = find(name);
    return row != nullptr ? std::optional(BuddyRow{row->server, row->epoch}) : std::nullopt;
  }
  [[nodiscard]] std::optional<OwnRow> own_row(const std::string& name) const {
    const Row* row = find(name);
    if (row == nullptr) {
      return std::nullopt;
    }
    return OwnRow{.incarnation = row->server.incarnation,
                  .epoch = row->epoch,
                  .buddy_a = buddy_row(row->a),
                  .buddy_b = buddy_row(row->b)};
  }

  // Edges looked at for a new server's place: all of a small pool, else so many.
  static constexpr uint64_t candidates_max = 16;

  NumberSource numbers_;
  std::map<std::string, Row> rows_;
  std::vector<Row*> slots_;
  std::map<std::string, std::string> names_by_address_;
  std::map<std::string, Past> past_;
  std::map<std::string, std::deque<Instant>> deletions_;  // by accuser, of the last deletions_window
  Instant paused_until_{};
  uint64_t version_ = 0;
};

// --- announcing -----------------------------------------------------------------

inline Result<AnnounceReply> ModelTable::announce(const AnnounceRequest& request, Instant) {
  const std::string& name = request.server.name;
  Row* known = find(name);
  const bool has_neighbour = known == nullptr && !rows_.empty();
  if (has_neighbour && !request.beside.empty() && find(request.beside) == nullptr) {
    return Error{ErrorKind::not_found, "the server to be announced beside is not in the pool"};
  }
  if (auto refused = conflict(request.server)) {
    return *std::move(refused);
  }
  const Row* beside = nullptr;
  if (has_neighbour) {
    beside = request.beside.empty() ? place_for(request.zone) : find(request.beside);
  }
  Past& past = past_[name];
  past.incarnation = std::max(request.server.incarnation, past.incarnation + 1);
  if (known != nullptr) {
    rejoin(*known, request);
  } else {
    insert(request, beside);
  }
  ++version_;
  return AnnounceReply{.rejoined = known != nullptr, .own = *own_row(name), .ring_servers = size()};
}

inline std::optional<Error> ModelTable::conflict(const Server& server) const {
  const Row* known = find(server.name);
  const auto holder = names_by_address_.find(server.address.text());
  if (known != nullptr && known->server.address != server.address) {
    return Error{ErrorKind::conflict, "this name has address " + known->server.address.text()};
  }
  if (holder != names_by_address_.end() && holder->second != server.name) {
    return Error{ErrorKind::conflict, "address " + server.address.text() + " is taken"};
  }
  if (!slots_.empty() && slots_.front()->server.address.is_v4() != server.address.is_v4()) {
    return Error{ErrorKind::conflict, "this pool's servers have addresses of the other family"};
  }
  return std::nullopt;
}

// On the other side of a new server beside `row`: its buddy A (itself when it is
// alone), or B where that is in another zone than the new one and A is not.
inline const ModelTable::Row& ModelTable::across(const Row& row, const std::string& zone) const {
  if (row.a.empty()) {
    return row;
  }
  const Row& a = *find(row.a);
  const Row& b = *find(row.b);
  return !zone.empty() && a.zone == zone && b.zone != zone ? b : a;
}

// Of the edges (R, who is across) the one of whose ends most are in other zones; no
// zone is like no other. The first drawn of equals. REQUIRES a pool that is not empty.
inline const ModelTable::Row* ModelTable::place_for(const std::string& zone) {
  const auto differs = [&](const Row* row) { return row != nullptr && (zone.empty() || row->zone != zone); };
  const bool small = slots_.size() <= candidates_max;
  const uint64_t start = numbers_(slots_.size());
  const Row* best = nullptr;
  int best_score = -1;
  for (uint64_t i = 0; i < std::min<uint64_t>(slots_.size(), candidates_max) && best_score < 2; ++i) {
    const uint64_t slot = small ? (start + i) % slots_.size() : i == 0 ? start : numbers_(slots_.size());
    const Row* row = slots_[slot];
    const int score = static_cast<int>(differs(row)) + static_cast<int>(differs(&across(*row, zone)));
    if (score > best_score) {
      best = row;
      best_score = score;
    }
  }
  return best;
}

inline void ModelTable::rejoin(Row& row, const AnnounceRequest& request) {
  row.server = request.server;
  row.server.incarnation = past_[row.server.name].incarnation;
  row.zone = request.zone;
  ++row.epoch;
  if (!row.a.empty()) {
    ++find(row.a)->epoch;
    if (row.b != row.a) {
      ++find(row.b)->epoch;
    }
  }
}

inline void ModelTable::insert(const AnnounceRequest& request, const Row* beside) {
  const std::string& name = request.server.name;
  const Past& past = past_[name];
  Row fresh{.server = request.server, .epoch = past.epoch + 1, .zone = request.zone, .slot = slots_.size()};
  fresh.server.incarnation = past.incarnation;
  if (beside != nullptr) {
    const std::string a = beside->server.name;
    const std::string b = across(*beside, request.zone).server.name;
    if (a == b) {
      Row& other = *find(a);
      other.a = other.b = name;
      ++other.epoch;
    } else {
      replace(b, a, name);
      replace(a, b, name);
    }
    fresh.a = a;
    fresh.b = b;
  }
  names_by_address_[fresh.server.address.text()] = name;
  slots_.push_back(&rows_.emplace(name, std::move(fresh)).first->second);
}

inline BesideReply ModelTable::beside(const BesideRequest& request) {
  if (find(request.server) != nullptr) {
    return {.known = true, .beside = {}, .next = {}};
  }
  if (rows_.empty()) {
    return {};
  }
  const Row* place = place_for(request.zone);
  return {.known = false,
          .beside = buddy_row(place->server.name),
          .next = buddy_row(across(*place, request.zone).server.name)};
}

// --- what is beyond a suspect -----------------------------------------------------

inline BeyondReply ModelTable::beyond(const BeyondRequest& request, Instant now) {
  BeyondReply reply;
  Row* suspect = find(request.suspect);
  if (suspect != nullptr && find(request.server) != nullptr &&
      (suspect->a == request.server || suspect->b == request.server)) {
    for (const bool side_b : {false, true}) {
      if ((side_b ? suspect->b : suspect->a) == request.server) {
        suspect->marks.at(side_b ? 1 : 0) = {request.server, now};
      }
    }
    const Row* before = suspect;
    std::string next = onward(*suspect, request.server);
    while (reply.beyond.size() < limits::beyond_max) {
      const Row* row = find(next);
      reply.beyond.push_back({.row = {row->server, row->epoch}, .faces_with_a = row->b != before->server.name});
      if (next == request.server) {
        break;
      }
      next = onward(*row, before->server.name);
      before = row;
    }
  }
  reply.own = own_row(request.server);
  return reply;
}

// --- deleting -----------------------------------------------------------------------

inline DeleteReply ModelTable::remove(const DeleteRequest& request, Instant now) {
  DeleteReply reply;
  reply.outcome = may_delete(request, now);
  if (reply.outcome == DeleteReply::Outcome::deleted) {
    const bool verdict = request.reason == DeleteReason::dead;
    const auto facing = left_facing(request, *find(request.server));
    take_out(request.server);
    if (verdict) {
      for (const RunMember& member : request.run) {
        take_out(member.server);
      }
      deletions_[request.accuser].insert(deletions_[request.accuser].end(), 1 + request.run.size(), now);
    }
    ++version_;
    reply.buddies = {buddy_row(facing[0]), buddy_row(facing[1])};
    reply.ring_servers = size();
  }
  if (request.reason != DeleteReason::removed && request.accuser != request.server) {
    reply.own = own_row(request.accuser);
  }
  return reply;
}

inline DeleteReply::Outcome ModelTable::may_delete(const DeleteRequest& request, Instant now) {
  using enum DeleteReply::Outcome;
  const Row* first = find(request.server);
  if (first == nullptr) {
    return already;
  }
  if (request.incarnation != 0 && first->server.incarnation != request.incarnation) {
    return superseded;
  }
  if (request.reason != DeleteReason::dead) {
    return deleted;
  }
  const Row* accuser = find(request.accuser);
  if (accuser == nullptr || (first->a != request.accuser && first->b != request.accuser)) {
    return not_buddy;
  }
  if (is_paused(now)) {
    return paused;
  }
  if (!fits_the_ring(request)) {
    return changed;
  }
  if (is_disputed(request, *accuser, now)) {
    return disputed;
  }
  return is_over_the_cap(request, now) ? capped : deleted;
}

// Without a witness: one of those that are to be deleted has just accused the accuser.
inline bool ModelTable::is_disputed(const DeleteRequest& request, const Row& accuser, Instant now) {
  const auto is_accused = [&](const std::string& name) {
    return name == request.server || std::ranges::find(request.run, name, &RunMember::server) != request.run.end();
  };
  const auto counts = [&](const Mark& mark) {
    return !mark.by.empty() && mark.at > now - limits::mark_window && is_accused(mark.by);
  };
  const bool alone = request.word == WitnessWord::closed || request.word == WitnessWord::beyond;
  return alone && std::ranges::any_of(accuser.marks, counts);
}

// Follows the ring from the accuser over all that are to be deleted.
inline bool ModelTable::fits_the_ring(const DeleteRequest& request) const {
  const Row* before = find(request.server);
  std::string next = onward(*before, request.accuser);
  for (const RunMember& member : request.run) {
    const Row* row = find(next);
    if (next != member.server || next == request.accuser || row->server.incarnation != member.incarnation) {
      return false;
    }
    next = onward(*row, before->server.name);
    before = row;
  }
  switch (request.word) {
    case WitnessWord::concurs:
    case WitnessWord::abstains:
      return next == request.witness && next != request.accuser;
    case WitnessWord::closed:
      return next == request.accuser && request.witness.empty();
    case WitnessWord::beyond:
      return 1 + request.run.size() == limits::beyond_max && next != request.accuser && request.witness.empty();
    case WitnessWord::none:
      break;
  }
  return false;
}

inline bool ModelTable::is_over_the_cap(const DeleteRequest& request, Instant now) {
  std::deque<Instant>& recent = deletions_[request.accuser];
  while (!recent.empty() && recent.front() <= now - limits::deletions_window) {
    recent.pop_front();
  }
  return recent.size() + 1 + request.run.size() > limits::deletions_max;
}

// Who will be each other's buddies: of one server its A and B, of a run the
// accuser and the one beyond.
inline std::array<std::string, 2> ModelTable::left_facing(const DeleteRequest& request, const Row& first) const {
  if (request.reason != DeleteReason::dead || request.run.empty()) {
    return {first.a, first.b};
  }
  const Row* before = &first;
  std::string next = onward(first, request.accuser);
  for (size_t i = 0; i < request.run.size(); ++i) {
    const Row* row = find(next);
    next = onward(*row, before->server.name);
    before = row;
  }
  return {request.accuser, next};
}

inline void ModelTable::take_out(const std::string& name) {
  const Row gone = *find(name);
  if (gone.a == gone.b && !gone.a.empty()) {
    Row& other = *find(gone.a);
    other.a.clear();
    other.b.clear();
    ++other.epoch;
  } else if (!gone.a.empty()) {
    replace(gone.a, name, gone.b);
    replace(gone.b, name, gone.a);
  }
  past_[name].epoch = gone.epoch;
  names_by_address_.erase(gone.server.address.text());
  slots_[gone.slot] = slots_.back();
  slots_[gone.slot]->slot = gone.slot;
  slots_.pop_back();
  rows_.erase(name);
}

}  // namespace buddyring
