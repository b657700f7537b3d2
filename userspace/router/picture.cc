// SPDX-License-Identifier: Apache-2.0
#include "router/picture.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "core/limits.h"
#include "core/router_limits.h"

namespace buddyring {
namespace {

using Json = nlohmann::ordered_json;

const std::string& name_of(const ServerRow& row) { return row.server.name; }

// JSON has no line break of its own, so the data is one line.
std::string message(const char* kind, const Json& data) {
  return std::string{"event: "} + kind + "\ndata: " + data.dump(-1, ' ', false, Json::error_handler_t::replace) +
         "\n\n";
}

// A server as it is shown.
struct Shown {
  const ServerRow& row;
  std::array<uint64_t, 2> rtt_below_us{};  // to buddies A and B; 0: none is known
  friend bool operator==(const Shown& one, const Shown& other) {
    return one.row == other.row && one.rtt_below_us == other.rtt_below_us;
  }
};

// What was told of who is no buddy any more counts for nobody else.
uint64_t rtt_below_us(const RttReportRow* report, const std::string& buddy) {
  for (const RttSummary& rtt : report != nullptr ? report->rtts : std::array<RttSummary, 2>{}) {
    if (rtt.buddy == buddy && rtt.rtt_class != 0 && rtt.rtt_class <= limits::rtt_class_max) {
      return uint64_t{1} << rtt.rtt_class;
    }
  }
  return 0;
}

std::vector<Shown> shown_of(const Picture& picture) {
  std::vector<Shown> all;
  auto report = picture.rtts.begin();
  for (const ServerRow& row : picture.servers) {
    while (report != picture.rtts.end() && report->server < name_of(row)) {
      ++report;
    }
    const RttReportRow* own = report != picture.rtts.end() && report->server == name_of(row) ? &*report : nullptr;
    all.push_back({.row = row, .rtt_below_us = {rtt_below_us(own, row.buddy_a), rtt_below_us(own, row.buddy_b)}});
  }
  return all;
}

Json json_of(const Shown& server) {
  const ServerRow& row = server.row;
  const auto rtt = [](uint64_t below) { return below == 0 ? Json(nullptr) : Json(below); };
  return {{"name", row.server.name},
          {"address", row.server.address.text()},
          {"zone", row.zone},
          {"incarnation", row.server.incarnation},
          {"epoch", row.epoch},
          {"buddies", {row.buddy_a, row.buddy_b}},
          {"rtt_below_us", {rtt(server.rtt_below_us[0]), rtt(server.rtt_below_us[1])}},
          {"drained", row.drained},
          {"weight", row.weight}};
}

Json json_of(const AuditEntry& entry) {
  Json event{{"id", entry.id}, {"at", entry.at}, {"event", entry.event}, {"server", entry.server}};
  const auto add = [&event](const char* key, const std::string& text) {
    if (!text.empty()) {
      event[key] = text;
    }
  };
  add("by", entry.accuser);
  add("reason", entry.reason);
  add("witness", entry.witness);
  add("word", entry.word);
  if (entry.last_answer_ns && entry.verdict_ns && *entry.last_answer_ns != 0 &&
      *entry.verdict_ns > *entry.last_answer_ns) {
    event["silent_ns"] = *entry.verdict_ns - *entry.last_answer_ns;
  }
  return event;
}

Json json_of(const std::vector<AuditEntry>& events) {
  Json list = Json::array();
  for (const AuditEntry& entry : events) {
    list.push_back(json_of(entry));
  }
  return list;
}

// Nothing where the verdicts count.
Json paused_left(const Picture& picture, Instant now) {
  return picture.paused_until && *picture.paused_until > now ? Json((*picture.paused_until - now).count())
                                                             : Json(nullptr);
}

Json registry_of(const Picture& picture) {
  return {{"reached", picture.registry_reached}, {"why", picture.registry_error}};
}

}  // namespace

Picture picture_of(const std::string& pool, const View& view) {
  Picture picture{.pool = pool, .registry_reached = view.registry_reached, .registry_error = view.registry_error};
  if (view.pool == nullptr) {
    return picture;
  }
  const ClientPool& known = *view.pool;
  picture.version = known.table.version;
  picture.paused_until = known.paused_until;
  picture.total = known.table.servers.size() + known.drained.size();
  if (picture.total <= limits::ui_servers_max) {
    std::ranges::merge(known.table.servers, known.drained, std::back_inserter(picture.servers), {}, name_of, name_of);
  }
  return picture;
}

std::string state_text(const Picture& picture, Instant now, Duration age) {
  Json servers = Json::array();
  for (const Shown& server : shown_of(picture)) {
    servers.push_back(json_of(server));
  }
  return message("state", {{"pool", picture.pool},
                           {"version", picture.version},
                           {"age_ns", age.count()},
                           {"registry", registry_of(picture)},
                           {"paused_left_ns", paused_left(picture, now)},
                           {"total", picture.total},
                           {"servers_max", limits::ui_servers_max},
                           {"servers", std::move(servers)},
                           {"events", json_of(picture.events)}});
}

std::string change_text(const Picture& before, const Picture& after, Instant now) {
  Json gone = Json::array();
  Json servers = Json::array();
  const std::vector<Shown> shown = shown_of(before);
  auto old = shown.begin();
  const auto note_gone_until = [&](const std::string* name) {
    for (; old != shown.end() && (name == nullptr || name_of(old->row) < *name); ++old) {
      gone.push_back(name_of(old->row));
    }
  };
  for (const Shown& server : shown_of(after)) {
    note_gone_until(&name_of(server.row));
    const bool known = old != shown.end() && name_of(old->row) == name_of(server.row);
    if (!known || *old != server) {
      servers.push_back(json_of(server));
    }
    old += known ? 1 : 0;
  }
  note_gone_until(nullptr);
  if (before.version == after.version && servers.empty()) {
    return "";
  }
  return message("change", {{"version", after.version},
                            {"total", after.total},
                            {"paused_left_ns", paused_left(after, now)},
                            {"gone", std::move(gone)},
                            {"servers", std::move(servers)}});
}

std::string registry_text(const Picture& picture) { return message("registry", registry_of(picture)); }

std::string events_text(const std::vector<AuditEntry>& known, const std::vector<AuditEntry>& latest) {
  std::unordered_set<uint64_t> ids;
  for (const AuditEntry& entry : known) {
    ids.insert(entry.id);
  }
  std::vector<AuditEntry> fresh;
  std::ranges::copy_if(latest, std::back_inserter(fresh),
                       [&ids](const AuditEntry& entry) { return !ids.contains(entry.id); });
  return fresh.empty() ? "" : message("events", {{"events", json_of(fresh)}});
}

}  // namespace buddyring
