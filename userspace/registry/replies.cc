// SPDX-License-Identifier: Apache-2.0
#include "registry/replies.h"

#include <array>
#include <string_view>
#include <utility>

#include "core/limits.h"

namespace buddyring {
namespace {

Server read_server(Row& row, const std::string& prefix = "") {
  return {.name = row.text(prefix + "name"),
          .address = row.address(prefix + "address"),
          .replace_port = row.number<uint16_t>(prefix + "replace_port"),
          .incarnation = row.number<Incarnation>(prefix + "incarnation")};
}

// In a row of many servers: nothing where the row has no such columns, or NULL there.
std::optional<BuddyRow> read_buddy(Row& row, const std::string& prefix) {
  if (!row.has(prefix + "name") || row.is_null(prefix + "name")) {
    return std::nullopt;
  }
  return BuddyRow{.server = read_server(row, prefix), .epoch = row.number<Epoch>(prefix + "epoch")};
}

// The rows that have a role, whichever set they are in.
struct Roles {
  std::optional<BuddyRow> self;
  std::optional<BuddyRow> buddy_a;
  std::optional<BuddyRow> buddy_b;
  std::optional<BuddyRow> beside;
  std::optional<BuddyRow> next;
  std::vector<BeyondRow> beyond;  // in their order

  [[nodiscard]] std::optional<OwnRow> own() const {
    if (!self) {
      return std::nullopt;
    }
    return OwnRow{
        .incarnation = self->server.incarnation, .epoch = self->epoch, .buddy_a = buddy_a, .buddy_b = buddy_b};
  }
};

bool read_role(Row& row, Roles& roles) {
  const std::array<std::pair<std::string_view, std::optional<BuddyRow>*>, 5> names{{
      {"self", &roles.self},
      {"buddy_a", &roles.buddy_a},
      {"buddy_b", &roles.buddy_b},
      {"beside", &roles.beside},
      {"next", &roles.next},
  }};
  const std::string role = row.text("role");
  const BuddyRow read{.server = read_server(row), .epoch = row.number<Epoch>("epoch")};
  if (role == "beyond") {
    const std::string faces = row.text("faces");
    roles.beyond.push_back({.row = read, .faces_with_a = faces == "a"});
    return row.ok() && (faces == "a" || faces == "b");
  }
  for (const auto& [name, place] : names) {
    if (role == name) {
      *place = read;
      return row.ok();
    }
  }
  return false;
}

std::optional<Roles> read_roles(const std::vector<ResultSet>& sets, size_t first) {
  Roles roles;
  for (size_t i = first; i < sets.size(); ++i) {
    for (size_t j = 0; j < sets[i].rows.size(); ++j) {
      Row row(sets[i], j);
      if (!read_role(row, roles)) {
        return std::nullopt;
      }
    }
  }
  return roles;
}

// Of the first row; earlier procedures do not say it.
RingSize read_ring_size(const std::vector<ResultSet>& sets) {
  if (sets.empty() || sets[0].rows.empty()) {
    return 0;
  }
  Row row(sets[0], 0);
  return row.has("ring_servers") ? row.number<RingSize>("ring_servers") : 0;
}

// The first set is one row, and has the outcome.
std::string read_outcome(const std::vector<ResultSet>& sets) {
  return sets.empty() || sets[0].rows.size() != 1 ? std::string() : Row(sets[0], 0).text("outcome");
}

}  // namespace

std::optional<AnnounceReply> read_announce(const std::vector<ResultSet>& sets) {
  const std::string outcome = read_outcome(sets);
  if (outcome != "announced" && outcome != "rejoined") {
    return std::nullopt;
  }
  Row row(sets[0], 0);
  AnnounceReply reply{.rejoined = outcome == "rejoined",
                      .own = {.incarnation = row.number<Incarnation>("self_incarnation"),
                              .epoch = row.number<Epoch>("self_epoch"),
                              .buddy_a = read_buddy(row, "buddy_a_"),
                              .buddy_b = read_buddy(row, "buddy_b_")},
                      .ring_servers = read_ring_size(sets)};
  return row.ok() ? std::optional(std::move(reply)) : std::nullopt;
}

std::optional<BesideReply> read_beside(const std::vector<ResultSet>& sets) {
  const std::string outcome = read_outcome(sets);
  const auto roles = read_roles(sets, 1);
  const bool has_place = roles && roles->beside && roles->next;
  if (!roles || has_place != (outcome == "place") || (!has_place && outcome != "known" && outcome != "empty")) {
    return std::nullopt;
  }
  return BesideReply{.known = outcome == "known", .beside = roles->beside, .next = roles->next};
}

std::optional<DeleteReply> read_delete(const std::vector<ResultSet>& sets) {
  using Outcome = DeleteReply::Outcome;
  constexpr std::array<std::pair<std::string_view, Outcome>, 8> outcomes{{
      {"deleted", Outcome::deleted},
      {"already", Outcome::already},
      {"superseded", Outcome::superseded},
      {"not_buddy", Outcome::not_buddy},
      {"changed", Outcome::changed},
      {"disputed", Outcome::disputed},
      {"capped", Outcome::capped},
      {"paused", Outcome::paused},
  }};
  const std::string text = read_outcome(sets);
  const auto roles = read_roles(sets, 1);
  for (const auto& [name, outcome] : outcomes) {
    if (text == name && roles) {
      Row row(sets[0], 0);
      DeleteReply reply{.outcome = outcome,
                        .buddies = {read_buddy(row, "deleted_a_"), read_buddy(row, "deleted_b_")},
                        .own = roles->own(),
                        .ring_servers = read_ring_size(sets)};
      return row.ok() ? std::optional(std::move(reply)) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<BeyondReply> read_beyond(const std::vector<ResultSet>& sets) {
  auto roles = read_roles(sets, 0);
  return roles && roles->beyond.size() <= limits::beyond_max
             ? std::optional(BeyondReply{.beyond = std::move(roles->beyond), .own = roles->own()})
             : std::nullopt;
}

std::optional<RowReply> read_row(const std::vector<ResultSet>& sets) {
  const auto roles = read_roles(sets, 0);
  return roles ? std::optional(RowReply{.own = roles->own(), .ring_servers = read_ring_size(sets)}) : std::nullopt;
}

std::optional<ReportReply> read_report(const std::vector<ResultSet>& sets) {
  const std::string outcome = read_outcome(sets);
  return outcome == "reported" || outcome == "unknown" ? std::optional(ReportReply{.taken = outcome == "reported"})
                                                       : std::nullopt;
}

std::optional<Server> read_pick(const std::vector<ResultSet>& sets) {
  Row row(sets.at(0), 0);
  Server server = read_server(row);
  return row.ok() ? std::optional(std::move(server)) : std::nullopt;
}

std::optional<bool> read_change(const std::vector<ResultSet>& sets) {
  const std::string outcome = read_outcome(sets);
  const bool changed = outcome == "drained" || outcome == "undrained" || outcome == "weighted";
  return changed || outcome == "already" ? std::optional(changed) : std::nullopt;
}

std::optional<PauseReply> read_pause(const std::vector<ResultSet>& sets) {
  const std::string outcome = read_outcome(sets);
  if (outcome != "paused" && outcome != "resumed" && outcome != "already") {
    return std::nullopt;
  }
  Row row(sets[0], 0);
  PauseReply reply{.changed = outcome != "already", .until = row.text_or_empty("paused_until")};
  return row.ok() && (outcome == "paused") != reply.until.empty() ? std::optional(std::move(reply)) : std::nullopt;
}

std::optional<bool> read_rejoin(const std::vector<ResultSet>& sets) {
  const std::string outcome = read_outcome(sets);
  return outcome == "there" || outcome == "away" ? std::optional(outcome == "there") : std::nullopt;
}

std::optional<PoolSnapshot> read_list(const std::vector<ResultSet>& sets) {
  PoolSnapshot snapshot;
  for (size_t i = 0; !sets.empty() && i < sets[0].rows.size(); ++i) {
    Row row(sets[0], i);
    snapshot.version = row.number<uint64_t>("version");
    if (!row.is_null("paused_left_us")) {
      snapshot.paused_left = std::chrono::microseconds{row.number<uint64_t>("paused_left_us")};
    }
    if (!row.is_null("name")) {
      snapshot.servers.push_back({.server = read_server(row),
                                  .epoch = row.number<Epoch>("epoch"),
                                  .buddy_a = row.text_or_empty("buddy_a"),
                                  .buddy_b = row.text_or_empty("buddy_b"),
                                  .zone = row.text_or_empty("zone"),
                                  .drained = row.number<unsigned>("drained") != 0,
                                  .weight = row.number<unsigned>("weight")});
    }
    if (!row.ok()) {
      return std::nullopt;
    }
  }
  return snapshot;
}

std::optional<std::vector<AuditEntry>> read_audit(const std::vector<ResultSet>& sets) {
  std::vector<AuditEntry> entries;
  for (size_t i = 0; !sets.empty() && i < sets[0].rows.size(); ++i) {
    Row row(sets[0], i);
    const auto number = [&row](const char* column) {
      return row.is_null(column) ? std::nullopt : std::optional(row.number<uint64_t>(column));
    };
    entries.push_back({.id = row.number<uint64_t>("id"),
                       .at = row.text("at"),
                       .event = row.text("event"),
                       .server = row.text("server"),
                       .address = row.text_or_empty("address"),
                       .incarnation = row.number<Incarnation>("incarnation"),
                       .accuser = row.text_or_empty("accuser"),
                       .reason = row.text_or_empty("reason"),
                       .last_answer_ns = number("last_answer_ns"),
                       .verdict_ns = number("verdict_ns"),
                       .misses = number("misses"),
                       .detail = row.text_or_empty("detail"),
                       .witness = row.text_or_empty("witness"),
                       .word = row.text_or_empty("word"),
                       .account = row.text_or_empty("account")});
    if (!row.ok()) {
      return std::nullopt;
    }
  }
  return entries;
}

std::optional<std::vector<RttReportRow>> read_reports(const std::vector<ResultSet>& sets) {
  std::vector<RttReportRow> reports;
  for (size_t i = 0; !sets.empty() && i < sets[0].rows.size(); ++i) {
    Row row(sets[0], i);
    reports.push_back({.server = row.text("server"),
                       .rtts = {{{row.text("buddy_a"), row.number<unsigned>("class_a")},
                                 {row.text("buddy_b"), row.number<unsigned>("class_b")}}}});
    if (!row.ok()) {
      return std::nullopt;
    }
  }
  return reports;
}

std::optional<std::vector<Violation>> read_violations(const std::vector<ResultSet>& sets) {
  std::vector<Violation> violations;
  for (const auto& set : sets) {
    for (size_t i = 0; i < set.rows.size(); ++i) {
      Row row(set, i);
      violations.push_back({.rule = row.text("rule"), .server = row.text("server"), .detail = row.text("detail")});
      if (!row.ok()) {
        return std::nullopt;
      }
    }
  }
  return violations;
}

}  // namespace buddyring
