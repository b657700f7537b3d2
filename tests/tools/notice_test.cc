// SPDX-License-Identifier: Apache-2.0
// What each event is told as, and that nothing makes a line longer than a pipe takes.
#include "agent/notice.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/limits.h"

namespace buddyring {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

const NoticeFrame frame{.pool = "web", .server = "s1", .number = 7, .realtime_ns = 1000};
constexpr Duration detection_time = milliseconds{300};

std::string told(const Event& event) { return notice_line(frame, event, detection_time).value_or(""); }

// Without what is the same in all of them.
std::string own_part(const Event& event) {
  const std::string line = told(event);
  if (line.empty()) {
    return line;
  }
  Json document = Json::parse(line);
  for (const char* key : {"number", "pool", "server", "ts_ns", "realtime_ns"}) {
    EXPECT_EQ(document.erase(key), 1U) << key;
  }
  return document.dump();
}

TEST(Notice, IsOneLineWithWhoAndWhen) {
  EXPECT_EQ(told({.kind = EventKind::alive, .at = instant_from_ns(42), .subject = "s2"}),
            R"({"number":7,"event":"alive","pool":"web","server":"s1","ts_ns":42,"realtime_ns":1000,"buddy":"s2"})"
            "\n");
}

TEST(Notice, SaysWhatHappened) {
  EXPECT_EQ(own_part({.kind = EventKind::announced, .incarnation = 5, .epoch = 2}),
            R"({"event":"joined","incarnation":5,"epoch":2})");
  EXPECT_EQ(own_part({.kind = EventKind::buddies, .subject = "s2", .other = "s3", .epoch = 4}),
            R"({"event":"replaced","buddy_a":"s2","buddy_b":"s3","epoch":4})");
  EXPECT_EQ(own_part({.kind = EventKind::buddies, .epoch = 4}),
            R"({"event":"replaced","buddy_a":null,"buddy_b":null,"epoch":4})");
  EXPECT_EQ(own_part({.kind = EventKind::suspect, .subject = "s2", .detail = "no answer", .number = 1}),
            R"({"event":"suspected","buddy":"s2","misses":1,"why":"no answer"})");
  EXPECT_EQ(own_part({.kind = EventKind::unwatched, .number = 1}), R"({"event":"unwatched","over":false})");
  EXPECT_EQ(own_part({.kind = EventKind::removed, .incarnation = 5}), R"({"event":"removed","incarnation":5})");
  EXPECT_EQ(own_part({.kind = EventKind::registry_lost, .detail = "refused"}),
            R"({"event":"registry_lost","why":"refused"})");
  EXPECT_EQ(own_part({.kind = EventKind::registry_reached}), R"({"event":"registry_reached"})");
  EXPECT_EQ(own_part({.kind = EventKind::carrier, .number = 0}), R"({"event":"carrier","up":false})");
  EXPECT_EQ(own_part({.kind = EventKind::left, .detail = "in order"}), R"({"event":"left","how":"in order"})");
}

TEST(Notice, OfADeletionSaysWhatBecameOfIt) {
  Event event{.kind = EventKind::deleted, .subject = "s2", .other = "s3", .detail = "deleted", .incarnation = 9};
  EXPECT_EQ(own_part(event), "") << "of the server itself, which leaves";
  event.number = 2;
  EXPECT_EQ(own_part(event), R"({"event":"dead","buddy":"s2","incarnation":9,"servers":2,"witness":"s3"})");
  event.other = "";
  event.detail = "disputed";
  EXPECT_EQ(own_part(event),
            R"({"event":"not_deleted","buddy":"s2","incarnation":9,"servers":2,"witness":null,"outcome":"disputed"})");
  event.detail = "already";
  EXPECT_EQ(own_part(event), "") << "whoever was first tells";
}

TEST(Notice, OfAStallOnlyWhenItWasLong) {
  EXPECT_EQ(own_part({.kind = EventKind::stall, .number = to_ns(detection_time) - 1}), "");
  EXPECT_EQ(own_part({.kind = EventKind::stall, .number = to_ns(detection_time)}),
            R"({"event":"stall","late_ns":300000000})");
}

TEST(Notice, OfAServiceSaysWhatCameOrWent) {
  const Json document = Json::parse(notice_line(
      frame, ServiceWatch::Change{.what = "tcp 127.0.0.1:80", .state = "gone", .why = "refused"}, instant_from_ns(1)));
  EXPECT_EQ(document["event"], "service");
  EXPECT_EQ(document["what"], "tcp 127.0.0.1:80");
  EXPECT_EQ(document["state"], "gone");
  EXPECT_EQ(document["why"], "refused");
}

TEST(Notice, StaysOneShortLineWhateverItQuotes) {
  const NoticeFrame widest{.pool = std::string(limits::name_bytes_max, 'p'),
                           .server = std::string(limits::name_bytes_max, 's'),
                           .number = ~0ULL,
                           .realtime_ns = ~0ULL};
  for (const char c : {'\n', '"', '\x01', '\xff'}) {
    const std::string text(10000, c);
    const auto line = notice_line(widest, {.kind = EventKind::registry_lost, .detail = text}, detection_time);
    EXPECT_EQ(line.value().find('\n'), line->size() - 1);
    EXPECT_FALSE(Json::parse(*line)["why"].get<std::string>().empty());
    const std::string service = notice_line(widest, ServiceWatch::Change{text, "gone", 1, text}, Instant::max());
    EXPECT_LE(service.size(), limits::notice_bytes_max);
    EXPECT_EQ(service.find('\n'), service.size() - 1);
  }
}

}  // namespace
}  // namespace buddyring
