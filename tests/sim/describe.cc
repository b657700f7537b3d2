// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/describe.h"

#include <array>

#include "core/result.h"

namespace buddyring::sim {
namespace {

const char* name_of(EventKind kind) {
  switch (kind) {
    case EventKind::announced:
      return "announced";
    case EventKind::buddies:
      return "buddies";
    case EventKind::suspect:
      return "suspects";
    case EventKind::alive:
      return "hears again";
    case EventKind::verdict:
      return "condemns";
    case EventKind::answers_as:
      return "answers as";
    case EventKind::abstain:
      return "does not delete";
    case EventKind::deleted:
      return "deletion of";
    case EventKind::replace_sent:
      return "told";
    case EventKind::replace_applied:
      return "was told by";
    case EventKind::replace_refused:
      return "refused";
    case EventKind::unwatched:
      return "is unwatched";
    case EventKind::removed:
      return "finds itself removed";
    case EventKind::unheard:
      return "is not heard by";
    case EventKind::flapping:
      return "flaps";
    case EventKind::registry_lost:
      return "lost the registry";
    case EventKind::registry_reached:
      return "reached the registry";
    case EventKind::unreported:
      return "its report was refused";
    case EventKind::stall:
      return "stalled";
    case EventKind::priority:
      return "priority";
    case EventKind::carrier:
      return "carrier";
    case EventKind::leaving:
      return "leaves";
    case EventKind::left:
      return "left";
  }
  return "?";
}

std::string row(const std::optional<BuddyRow>& buddy) {
  return buddy ? buddy->server.name + "#" + std::to_string(buddy->epoch) : "-";
}

std::string own(const std::optional<OwnRow>& row_of_own) {
  return row_of_own ? " own epoch " + std::to_string(row_of_own->epoch) + " (" + row(row_of_own->buddy_a) + "," +
                          row(row_of_own->buddy_b) + ")"
                    : " no own row";
}

}  // namespace

std::string describe(const Event& event) {
  std::string text = name_of(event.kind);
  for (const std::string* each : {&event.subject, &event.other, &event.third}) {
    if (!each->empty()) {
      text += " " + *each;
    }
  }
  if (event.number != 0) {
    text += " n=" + std::to_string(event.number);
  }
  if (event.epoch != 0) {
    text += " epoch " + std::to_string(event.epoch);
  }
  if (event.incarnation != 0) {
    text += " incarnation " + std::to_string(event.incarnation);
  }
  return event.detail.empty() ? text : text + ": " + event.detail;
}

const char* describe(WitnessWord word) {
  constexpr std::array<const char*, 5> words{"none", "concurs", "abstains", "closed", "beyond"};
  return words.at(static_cast<size_t>(word));
}

std::string describe(const RegistryRequest& request) {
  if (const auto* announce = std::get_if<AnnounceRequest>(&request)) {
    return "ServerAnnounce " + announce->server.name + (announce->beside.empty() ? "" : " beside " + announce->beside);
  }
  if (const auto* beside = std::get_if<BesideRequest>(&request)) {
    return "ServerBeside " + beside->server;
  }
  if (const auto* beyond = std::get_if<BeyondRequest>(&request)) {
    return "ServerBeyond " + beyond->suspect;
  }
  if (std::holds_alternative<ReportRequest>(request)) {
    return "ServerReport";
  }
  if (const auto* deletion = std::get_if<DeleteRequest>(&request)) {
    std::string text = "ServerDelete " + deletion->server;
    for (const RunMember& member : deletion->run) {
      text += "+" + member.server;
    }
    return text + " word " + describe(deletion->word) + (deletion->witness.empty() ? "" : " of " + deletion->witness);
  }
  return "ServerRow";
}

std::string describe(const RegistryReply& reply) {
  if (const auto* announced = std::get_if<AnnounceReply>(&reply)) {
    return std::string(announced->rejoined ? "rejoined" : "announced") + own(announced->own);
  }
  if (const auto* deleted = std::get_if<DeleteReply>(&reply)) {
    constexpr std::array<const char*, 8> outcomes{"deleted", "already",  "superseded", "not_buddy",
                                                  "changed", "disputed", "capped",     "paused"};
    return std::string(outcomes.at(static_cast<size_t>(deleted->outcome))) + " " + row(deleted->buddies[0]) + " " +
           row(deleted->buddies[1]) + own(deleted->own);
  }
  if (const auto* own_row = std::get_if<RowReply>(&reply)) {
    return "row" + own(own_row->own);
  }
  if (const auto* place = std::get_if<BesideReply>(&reply)) {
    return std::string(place->known ? "known" : "place") + " " + row(place->beside) + " " + row(place->next);
  }
  if (const auto* beyond = std::get_if<BeyondReply>(&reply)) {
    std::string text = "beyond";
    for (const BeyondRow& each : beyond->beyond) {
      text += " " + row(each.row);
    }
    return text + own(beyond->own);
  }
  if (std::holds_alternative<ReportReply>(reply)) {
    return "reported";
  }
  const auto* error = std::get_if<Error>(&reply);
  return error != nullptr ? "error: " + error->message : "revalidate";
}

}  // namespace buddyring::sim
