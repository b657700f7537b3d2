// SPDX-License-Identifier: Apache-2.0
#include "agent/notice.h"

#include <nlohmann/json.hpp>

#include "core/limits.h"

namespace buddyring {
namespace {

using Json = nlohmann::ordered_json;

// Of text that came from elsewhere, such as a database's message.
std::string cut(const std::string& text) { return text.substr(0, limits::notice_text_bytes_max); }

Json buddy_or_null(const std::string& name) { return name.empty() ? Json(nullptr) : Json(name); }

struct Said {
  const char* event;
  Json fields;
};

// What the outcome of our ServerDelete was. Who was first is told by the other discoverer.
std::optional<Said> said_of_deletion(const Event& e) {
  const bool of_ourselves = e.number == 0;
  if (of_ourselves || e.detail == "already") {
    return std::nullopt;
  }
  Json fields{{"buddy", e.subject}, {"incarnation", e.incarnation}, {"servers", e.number}};
  fields["witness"] = buddy_or_null(e.other);
  if (e.detail == "deleted") {
    return Said{"dead", std::move(fields)};
  }
  fields["outcome"] = e.detail;
  return Said{"not_deleted", std::move(fields)};
}

std::optional<Said> said_of(const Event& e, Duration detection_time) {
  switch (e.kind) {
    case EventKind::announced:
      return Said{"joined", {{"incarnation", e.incarnation}, {"epoch", e.epoch}}};
    case EventKind::buddies:
      return Said{"replaced",
                  {{"buddy_a", buddy_or_null(e.subject)}, {"buddy_b", buddy_or_null(e.other)}, {"epoch", e.epoch}}};
    case EventKind::suspect:
      return Said{"suspected", {{"buddy", e.subject}, {"misses", e.number}, {"why", cut(e.detail)}}};
    case EventKind::alive:
      return Said{"alive", {{"buddy", e.subject}}};
    case EventKind::deleted:
      return said_of_deletion(e);
    case EventKind::unwatched:
      return Said{"unwatched", {{"over", e.number == 0}}};
    case EventKind::removed:
      return Said{"removed", {{"incarnation", e.incarnation}}};
    case EventKind::registry_lost:
      return Said{"registry_lost", {{"why", cut(e.detail)}}};
    case EventKind::registry_reached:
      return Said{"registry_reached", Json::object()};
    case EventKind::stall:
      return e.number >= to_ns(detection_time) ? std::optional(Said{"stall", {{"late_ns", e.number}}}) : std::nullopt;
    case EventKind::priority:
      return Said{"priority", {{"realtime", e.number}, {"why", cut(e.detail)}}};
    case EventKind::carrier:
      return Said{"carrier", {{"up", e.number != 0}}};
    case EventKind::left:
      return Said{"left", {{"how", e.detail}}};
    case EventKind::verdict:
    case EventKind::answers_as:
    case EventKind::abstain:
    case EventKind::replace_sent:
    case EventKind::replace_applied:
    case EventKind::replace_refused:
    case EventKind::unheard:
    case EventKind::flapping:
    case EventKind::leaving:
    case EventKind::unreported:
      break;  // steps on the way to one of the others; the log has them
  }
  return std::nullopt;
}

std::string line_of(const NoticeFrame& frame, Instant at, const Said& said) {
  Json document{{"number", frame.number}, {"event", said.event}, {"pool", frame.pool},
                {"server", frame.server}, {"ts_ns", to_ns(at)},  {"realtime_ns", frame.realtime_ns}};
  document.update(said.fields);
  std::string line = document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  BUDDYRING_ASSERT(line.size() <= limits::notice_bytes_max);
  return line;
}

}  // namespace

std::optional<std::string> notice_line(const NoticeFrame& frame, const Event& event, Duration detection_time) {
  const auto said = said_of(event, detection_time);
  return said ? std::optional(line_of(frame, event.at, *said)) : std::nullopt;
}

std::string notice_line(const NoticeFrame& frame, const ServiceWatch::Change& change, Instant at) {
  return line_of(frame, at,
                 {"service", {{"what", cut(change.what)}, {"state", change.state}, {"why", cut(change.why)}}});
}

}  // namespace buddyring
