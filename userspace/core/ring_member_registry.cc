// SPDX-License-Identifier: Apache-2.0
// RingMember's dealings with the server table: what to ask next, and what each
// reply means. The theory of operation is in ring_member.h.
#include <algorithm>

#include "core/ring_member.h"

namespace buddyring {

// --- what to ask ----------------------------------------------------------------

const Watch* RingMember::first_condemned() const {
  for (const auto& watch : watches_.slots()) {
    if (watch && watch->detector.state() == BuddyState::condemned) {
      return &*watch;
    }
  }
  return nullptr;
}

bool RingMember::wants_registry() const {
  switch (state_) {
    case MemberState::joining:
      return true;
    case MemberState::member:
      return row_in_doubt_ || first_condemned() != nullptr;
    case MemberState::leaving:
      return !left_table_;
    case MemberState::gone:
      return false;
  }
  return false;
}

// REQUIRES wants_registry(). A verdict comes before doubts about the own row.
RegistryRequest RingMember::next_request() const {
  if (state_ == MemberState::joining) {
    return AnnounceRequest{self_};
  }
  if (state_ == MemberState::leaving) {
    return DeleteRequest{.server = self_.name,
                         .incarnation = self_.incarnation,
                         .accuser = self_.name,
                         .reason = DeleteReason::left,
                         .evidence = {}};
  }
  if (const Watch* condemned = first_condemned()) {
    return verdict_on(*condemned);
  }
  return RowRequest{self_.name};
}

std::optional<RegistryRequest> RingMember::poll_registry_request(Instant now) {
  if (under_way_ || now < registry_due_ || !wants_registry()) {
    return std::nullopt;
  }
  under_way_ = UnderWay{next_request(), list_.epoch()};
  return under_way_->request;
}

// --- what the replies mean --------------------------------------------------------

void RingMember::handle_registry_reply(Instant now, const RegistryReply& reply) {
  BUDDYRING_ASSERT(under_way_.has_value());
  const RegistryRequest request = std::move(under_way_->request);
  asked_epoch_ = under_way_->epoch;
  under_way_.reset();
  withdrawn_ = false;
  if (const auto* error = std::get_if<Error>(&reply)) {
    on_registry_error(now, request, *error);
    return;
  }
  registry_heard_ = now;
  registry_backoff_ = limits::registry_backoff_first;
  registry_due_ = now;
  if (!counters_.registry_reached) {
    counters_.registry_reached = true;
    counters_.registry_lost = false;
    tell({.kind = EventKind::registry_reached, .at = now});
  }
  if (const auto* announced = std::get_if<AnnounceReply>(&reply)) {
    on_announced(now, *announced);
  } else if (const auto* deleted = std::get_if<DeleteReply>(&reply)) {
    on_deleted(now, std::get<DeleteRequest>(request), *deleted);
  } else if (const auto* row = std::get_if<RowReply>(&reply)) {
    on_row(now, *row);
  } else {
    on_revalidate(request);
  }
}

void RingMember::on_announced(Instant now, const AnnounceReply& reply) {
  self_.incarnation = reply.own.incarnation;
  was_member_ = true;
  if (state_ != MemberState::joining) {
    return;  // asked to stop meanwhile: the row just made is deleted next
  }
  move(MemberEvent::announced);
  row_in_doubt_ = false;
  tell({.kind = EventKind::announced,
        .at = now,
        .incarnation = self_.incarnation,
        .epoch = reply.own.epoch,
        .number = reply.rejoined});
  list_.clear();
  reread_due_ = now + limits::alone_reread;
  adopt(now, reply.own);

  const auto& [a, b] = std::pair(reply.own.buddy_a, reply.own.buddy_b);
  if (!a || !b) {
    return;
  }
  const bool alone_before = a->server.name == b->server.name;
  if (reply.rejoined) {
    order_replace(now, *a, self_.name, self_);
    order_replace(now, *b, self_.name, self_);
  } else {
    order_replace(now, *a, alone_before ? "" : b->server.name, self_);
    order_replace(now, *b, alone_before ? "" : a->server.name, self_);
  }
}

namespace {

const char* describe(DeleteReply::Outcome outcome) {
  switch (outcome) {
    case DeleteReply::Outcome::deleted:
      return "deleted";
    case DeleteReply::Outcome::already:
      return "already";
    case DeleteReply::Outcome::superseded:
      return "superseded";
    case DeleteReply::Outcome::not_buddy:
      return "not_buddy";
  }
  return "unknown";
}

}  // namespace

void RingMember::on_deleted(Instant now, const DeleteRequest& request, const DeleteReply& reply) {
  if (request.reason == DeleteReason::left) {
    on_left(now, reply);
    return;
  }
  tell({.kind = EventKind::deleted,
        .at = now,
        .subject = request.server,
        .detail = describe(reply.outcome),
        .incarnation = request.incarnation});
  if (state_ != MemberState::member) {
    return;
  }
  if (!reply.own) {
    lose_row(now);
    return;
  }
  adopt(now, *reply.own);
  if (watches_.find(request.server) != nullptr) {
    // The table did not rid us of it: asking again at once would be a hot loop.
    registry_due_ = now + registry_backoff_;
  }
  if (reply.outcome == DeleteReply::Outcome::deleted) {
    for (const auto& buddy : reply.buddies) {
      if (buddy && buddy->server.name != self_.name) {
        order_replace(now, *buddy, request.server, self_);
      }
    }
  }
}

void RingMember::on_left(Instant now, const DeleteReply& reply) {
  left_table_ = true;
  tell({.kind = EventKind::deleted,
        .at = now,
        .subject = self_.name,
        .detail = describe(reply.outcome),
        .incarnation = self_.incarnation});
  const auto& [a, b] = reply.buddies;
  if (a && b) {
    order_replace(now, *a, self_.name, b->server);
    order_replace(now, *b, self_.name, a->server);
  }
}

void RingMember::on_row(Instant now, const RowReply& reply) {
  row_in_doubt_ = false;
  if (state_ != MemberState::member) {
    return;
  }
  if (!reply.own || reply.own->incarnation != self_.incarnation) {
    lose_row(now);
    return;
  }
  adopt(now, *reply.own);
  // A buddy that still does not count us has missed its ServerReplace: give it
  // the occasion to see that its epoch is behind.
  for (const auto& [buddy, other] :
       {std::pair(reply.own->buddy_a, reply.own->buddy_b), std::pair(reply.own->buddy_b, reply.own->buddy_a)}) {
    const Watch* watch = buddy ? watches_.find(buddy->server.name) : nullptr;
    if (watch != nullptr && other && watch->seen.live_answers > 0 && !watch->seen.counts_us) {
      order_replace(now, *buddy, other->server.name == buddy->server.name ? "" : other->server.name, self_);
    }
  }
}

void RingMember::on_revalidate(const RegistryRequest& request) {
  if (const auto* verdict = std::get_if<DeleteRequest>(&request)) {
    if (Watch* watch = watches_.find(verdict->server)) {
      watch->detector.doubt();
    }
  }
}

void RingMember::on_registry_error(Instant now, const RegistryRequest& request, const Error& error) {
  registry_due_ = now + registry_backoff_;
  registry_backoff_ = std::min<Duration>(registry_backoff_ * 2, limits::registry_backoff_max);
  if (std::holds_alternative<AnnounceRequest>(request) && !was_member_) {
    start_error_ = error;  // for the starter to show; nothing was lost yet
    return;
  }
  if (!counters_.registry_lost) {
    counters_.registry_lost = true;
    counters_.registry_reached = false;
    tell({.kind = EventKind::registry_lost, .at = now, .detail = error.message});
  }
}

// --- following the table ------------------------------------------------------------

void RingMember::adopt(Instant now, const OwnRow& row) {
  const BuddyList before = list_;
  if (list_.assign(row, asked_epoch_) && list_ != before) {
    watches_.sync(list_);
    tell_buddies(now);
  }
}

void RingMember::lose_row(Instant now) {
  tell({.kind = EventKind::removed, .at = now, .incarnation = self_.incarnation});
  move(MemberEvent::row_missing);
  list_.clear();
  watches_.sync(list_);
  // A little pause, so that whoever keeps removing us is not answered at once.
  registry_due_ = now + limits::rejoin_pause;
  ++self_.incarnation;
}

void RingMember::order_replace(Instant now, const BuddyRow& to, std::string_view server_to_replace,
                               const Server& replacement) {
  orders_.add(now, to.server,
              {.pool = pool_,
               .receiver = to.server.name,
               .receiver_epoch = to.epoch,
               .server_to_replace = std::string(server_to_replace),
               .replacement = replacement,
               .sender = self_.name,
               .sender_incarnation = self_.incarnation});
}

}  // namespace buddyring
