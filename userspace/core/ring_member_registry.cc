// SPDX-License-Identifier: Apache-2.0
// RingMember's dealings with the server table: what to ask next, and what each
// reply means. The theory of operation is in ring_member.h.
#include <algorithm>

#include "core/ring_member.h"

namespace buddyring {

// --- what to ask ----------------------------------------------------------------

bool RingMember::wants_registry() const {
  switch (state_) {
    case MemberState::joining:
      return service_there_ && counters_.carrier && introduction_.step() != Introduction::Step::introduce &&
             introduction_.step() != Introduction::Step::unheard;
    case MemberState::member:
      return !service_there_ || row_in_doubt_ || std::ranges::any_of(inquiries_, [](const auto& inquiry) {
        return inquiry && (inquiry->wants_deletion() || inquiry->wants_beyond());
      });
    case MemberState::leaving:
      return !left_table_;
    case MemberState::gone:
      return false;
  }
  return false;
}

// REQUIRES wants_registry(). A verdict comes before what leads to one, and that
// before doubts about the own row.
RegistryRequest RingMember::next_request() const {
  if (state_ == MemberState::joining) {
    return joining_request();
  }
  if (state_ == MemberState::leaving || !service_there_) {
    return DeleteRequest{.server = self_.name,
                         .incarnation = self_.incarnation,
                         .accuser = self_.name,
                         .reason = DeleteReason::left,
                         .evidence = {}};
  }
  for (const auto& inquiry : inquiries_) {
    if (inquiry && inquiry->wants_deletion()) {
      return verdict_on(*inquiry);
    }
  }
  for (const auto& inquiry : inquiries_) {
    if (inquiry && inquiry->wants_beyond()) {
      return BeyondRequest{.server = self_.name, .suspect = inquiry->suspect().name};
    }
  }
  return RowRequest{self_.name};
}

RegistryRequest RingMember::joining_request() const {
  if (introduction_.step() == Introduction::Step::ask_place) {
    return BesideRequest{.server = self_.name, .zone = zone_};
  }
  if (introduction_.step() == Introduction::Step::ask_row) {
    return RowRequest{self_.name};
  }
  return AnnounceRequest{.server = self_, .zone = zone_, .beside = introduction_.beside()};
}

// Only while nobody is missed: a verdict must not wait for the reply to a report.
bool RingMember::may_report(Instant now) const {
  return rtt_report_.due(now) && state_ == MemberState::member && counters_.carrier && counters_.registry_reached &&
         !watches_.any([](const Watch& watch) { return watch.detector.state() != BuddyState::alive; });
}

std::optional<RegistryRequest> RingMember::poll_registry_request(Instant now) {
  if (under_way_ || now < registry_due_) {
    return std::nullopt;
  }
  if (wants_registry()) {
    under_way_ = UnderWay{next_request(), list_.epoch(), now};
  } else if (may_report(now)) {
    under_way_ =
        UnderWay{ReportRequest{.server = self_.name, .incarnation = self_.incarnation, .rtts = rtt_report_.summary()},
                 list_.epoch(), now};
  } else {
    return std::nullopt;
  }
  return under_way_->request;
}

// --- what the replies mean --------------------------------------------------------

void RingMember::handle_registry_reply(Instant now, const RegistryReply& reply) {
  BUDDYRING_ASSERT(under_way_.has_value());
  const RegistryRequest request = std::move(under_way_->request);
  const Instant asked = under_way_->asked;
  asked_epoch_ = under_way_->epoch;
  under_way_.reset();
  withdrawn_ = false;
  if (const auto* error = std::get_if<Error>(&reply)) {
    on_registry_error(now, request, asked, *error);
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
    note_ring_size(now, announced->ring_servers);
    on_announced(now, *announced);
  } else if (const auto* deleted = std::get_if<DeleteReply>(&reply)) {
    note_ring_size(now, deleted->ring_servers);
    on_deleted(now, std::get<DeleteRequest>(request), *deleted);
  } else if (const auto* row = std::get_if<RowReply>(&reply)) {
    note_ring_size(now, row->ring_servers);
    on_row(now, *row);
  } else if (const auto* place = std::get_if<BesideReply>(&reply)) {
    on_place(now, *place);
  } else if (const auto* beyond = std::get_if<BeyondReply>(&reply)) {
    on_beyond(now, std::get<BeyondRequest>(request), *beyond);
  } else if (const auto* report = std::get_if<ReportReply>(&reply)) {
    rtt_report_.on_reply(now, std::get<ReportRequest>(request).rtts, report->taken);
  } else {
    on_revalidate(now, request);
  }
}

void RingMember::note_ring_size(Instant now, RingSize servers) {
  if (servers != 0) {
    counters_.ring_servers = servers;
    counters_.ring_servers_at = now;
  }
}

void RingMember::on_place(Instant now, const BesideReply& reply) {
  if (state_ != MemberState::joining) {
    return;
  }
  introduce_to(now, introduction_.on_place(now, reply));
  if (introduction_.step() == Introduction::Step::unheard) {
    on_unheard(now);
  }
}

void RingMember::introduce_to(Instant now, const std::vector<Server>& others) {
  for (const Server& server : others) {
    if (!orders_.add(now, server, ExpectMessage{.pool = pool_, .receiver = server.name, .newcomer = self_})) {
      on_expect_ended(now, server.name, std::nullopt);
    }
  }
}

void RingMember::on_expect_ended(Instant now, const std::string& receiver,
                                 const std::optional<ReplaceAck>& acknowledgement) {
  if (introduction_.on_expect_ended(receiver, acknowledgement)) {
    registry_due_ = now + limits::introduction_pause;
  }
}

// A network fault may pass; a server that cannot be heard when it starts is more
// likely set up wrongly, which its starter has to know.
void RingMember::on_unheard(Instant now) {
  std::string names;
  for (const std::string& name : introduction_.unheard_by()) {
    names += (names.empty() ? "" : ", ") + name;
  }
  if (!was_member_) {
    start_error_ = Error{ErrorKind::unheard, names};
    return;
  }
  registry_due_ = introduction_.begin_later(now);
  tell({.kind = EventKind::unheard, .at = now, .subject = names, .number = to_ns(registry_due_ - now)});
}

void RingMember::on_announced(Instant now, const AnnounceReply& reply) {
  self_.incarnation = reply.own.incarnation;
  was_member_ = true;
  if (state_ != MemberState::joining) {
    return;  // asked to stop meanwhile: the row just made is deleted next
  }
  move(MemberEvent::announced);
  flaps_.on_member(now);
  introduction_.on_announced();
  rtt_report_.on_announced(now);
  row_in_doubt_ = false;
  resuming_ = false;
  tell({.kind = EventKind::announced,
        .at = now,
        .incarnation = self_.incarnation,
        .epoch = reply.own.epoch,
        .number = reply.rejoined});
  list_.clear();
  adopt(now, reply.own);
  introduce_to_buddies(now, reply);
}

void RingMember::introduce_to_buddies(Instant now, const AnnounceReply& reply) {
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
    case DeleteReply::Outcome::changed:
      return "changed";
    case DeleteReply::Outcome::disputed:
      return "disputed";
    case DeleteReply::Outcome::capped:
      return "capped";
    case DeleteReply::Outcome::paused:
      return "paused";
  }
  return "unknown";
}

}  // namespace

void RingMember::on_deleted(Instant now, const DeleteRequest& request, const DeleteReply& reply) {
  if (request.reason == DeleteReason::left) {
    on_left(now, reply);
    if (state_ == MemberState::member) {
      stand_aside(now);
    }
    return;
  }
  const bool paused = reply.outcome == DeleteReply::Outcome::paused;
  // A pause may last for hours: it is told of once.
  if (!paused || !is_paused(request.server)) {
    tell({.kind = EventKind::deleted,
          .at = now,
          .subject = request.server,
          .other = request.witness,
          .detail = describe(reply.outcome),
          .incarnation = request.incarnation,
          .number = 1 + request.run.size()});
  }
  if (state_ != MemberState::member || !follow(now, reply.own)) {
    return;
  }
  if (reply.outcome == DeleteReply::Outcome::deleted) {
    const std::string& last = request.run.empty() ? request.server : request.run.back().server;
    for (const auto& buddy : reply.buddies) {
      if (buddy && buddy->server.name != self_.name) {
        order_replace(now, *buddy, last, self_);
      }
    }
  }
  if (Inquiry* inquiry = inquiry_into(request.server)) {
    // The table did not rid us of it: asking again at once would be a hot loop.
    const bool changed = reply.outcome == DeleteReply::Outcome::changed;
    const Duration pause = changed  ? detection_.interval
                           : paused ? Duration{limits::paused_retry}
                                    : Duration{limits::refused_pause};
    inquiry->on_refused(now + pause, changed, paused);
  }
}

void RingMember::on_left(Instant now, const DeleteReply& reply) {
  left_table_ = state_ != MemberState::member;
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

// Out of the ring by our own will, until the service is back. What the two who were
// our buddies are to be told stays ordered.
void RingMember::stand_aside(Instant now) {
  move(MemberEvent::row_missing);
  list_.clear();
  inquiries_.fill(std::nullopt);
  sync_watches();
  introduction_.begin(now);
  resuming_ = false;
  ++self_.incarnation;
}

void RingMember::on_row(Instant now, const RowReply& reply) {
  if (state_ == MemberState::joining) {
    introduce_to(now, introduction_.on_row(reply.own));
    return;
  }
  row_in_doubt_ = false;
  resuming_ = false;
  if (state_ != MemberState::member) {
    return;
  }
  if (!follow(now, reply.own)) {
    return;
  }
  // A buddy that still does not count us has missed its ServerReplace. What it
  // missed is not ours to guess: a message that can fit no list, as it is to
  // replace the receiver itself, makes it reread its row.
  for (const auto& buddy : {reply.own->buddy_a, reply.own->buddy_b}) {
    const Watch* watch = buddy ? watches_.find(buddy->server.name) : nullptr;
    if (watch != nullptr && watch->seen.live_answers > 0 && !watch->seen.counts_us) {
      order_replace(now, *buddy, buddy->server.name, self_);
    }
  }
}

void RingMember::on_beyond(Instant now, const BeyondRequest& request, const BeyondReply& reply) {
  if (state_ != MemberState::member || !follow(now, reply.own)) {
    return;
  }
  if (Inquiry* inquiry = inquiry_into(request.suspect)) {
    inquiry->on_beyond(now, reply.beyond);
    sync_watches();
    begin_hurried_cycles(now);  // at once: the suspect's deletion waits for what they answer
  }
}

void RingMember::on_revalidate(Instant now, const RegistryRequest& request) {
  if (const auto* verdict = std::get_if<DeleteRequest>(&request)) {
    if (Inquiry* inquiry = inquiry_into(verdict->server)) {
      inquiry->on_refused(now, false, inquiry->paused());
    }
    if (Watch* watch = watches_.find(verdict->server)) {
      watch->detector.doubt();
    }
  }
}

bool RingMember::link_was_away_since(Instant when) const {
  return !counters_.carrier || (carrier_changed_ && *carrier_changed_ >= when);
}

void RingMember::on_registry_error(Instant now, const RegistryRequest& request, Instant asked, const Error& error) {
  if (std::holds_alternative<ReportRequest>(request) && error.kind != ErrorKind::unreachable) {
    // The registry answers; the ring needs no right to report.
    if (rtt_report_.on_refused(now)) {
      tell({.kind = EventKind::unreported, .at = now, .detail = error.message});
    }
    return;
  }
  rtt_report_.on_error(now);
  registry_due_ = now + registry_backoff_;
  registry_backoff_ = std::min<Duration>(registry_backoff_ * 2, limits::registry_backoff_max);
  // It may have been done, with only the reply lost, and nobody else be told.
  row_in_doubt_ = row_in_doubt_ || std::holds_alternative<DeleteRequest>(request);
  if (state_ == MemberState::joining && introduction_.step() == Introduction::Step::announce &&
      error.kind == ErrorKind::not_found && !introduction_.beside().empty()) {
    introduction_.begin_again();  // whom we were to be announced beside has gone
    return;
  }
  const bool joins = std::holds_alternative<AnnounceRequest>(request) ||
                     std::holds_alternative<BesideRequest>(request) || state_ == MemberState::joining;
  if (joins && !was_member_ && !link_was_away_since(asked)) {
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

bool RingMember::follow(Instant now, const std::optional<OwnRow>& row) {
  const bool ours = row && row->incarnation == self_.incarnation;
  if (ours) {
    adopt(now, *row);
  } else {
    lose_row(now);
  }
  return ours;
}

void RingMember::adopt(Instant now, const OwnRow& row) {
  const BuddyList before = list_;
  if (list_.assign(row, asked_epoch_) && list_ != before) {
    sync_watches();
    tell_buddies(now);
  }
}

void RingMember::lose_row(Instant now) {
  tell({.kind = EventKind::removed, .at = now, .incarnation = self_.incarnation});
  move(MemberEvent::row_missing);
  ++counters_.removals;
  list_.clear();
  orders_.clear();  // of a life that is over
  expectations_.clear();
  inquiries_.fill(std::nullopt);
  sync_watches();
  // A pause, so that whoever keeps removing us is not answered at once.
  const Duration pause = flaps_.on_removed(now);
  if (pause > limits::rejoin_pause_first) {
    tell({.kind = EventKind::flapping, .at = now, .number = to_ns(pause)});
  }
  registry_due_ = now + pause;
  introduction_.begin(registry_due_);
  ++self_.incarnation;
}

void RingMember::order_replace(Instant now, const BuddyRow& to, std::string_view server_to_replace,
                               const Server& replacement) {
  orders_.add(now, to.server,
              ReplaceMessage{.pool = pool_,
                             .receiver = to.server.name,
                             .receiver_epoch = to.epoch,
                             .server_to_replace = std::string(server_to_replace),
                             .replacement = replacement,
                             .sender = self_.name,
                             .sender_incarnation = self_.incarnation});
}

}  // namespace buddyring
