// SPDX-License-Identifier: Apache-2.0
// The operators' page as the router serves it: files, headers, streams and their limits, over
// loopback; and what is told of a pool, as text.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "core/router_limits.h"
#include "posix/clock.h"
#include "posix/fd.h"
#include "posix/socket_address.h"
#include "router/picture.h"
#include "router/ui_pages.h"
#include "router/ui_server.h"
#include "router/watchers.h"

namespace buddyring {
namespace {

using Json = nlohmann::json;

class UiServerTest : public testing::Test {
 protected:
  [[nodiscard]] Fd ask(const std::string& request) const {
    const SocketAddress peer(server.endpoint());
    Fd connection(socket(peer.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    EXPECT_EQ(connect(connection.get(), peer.get(), peer.size()), 0);
    EXPECT_EQ(send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    return connection;
  }
  [[nodiscard]] Fd get(const std::string& path) const { return ask("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"); }
  // All that comes until `end` has come; what came, when the other side closed before.
  static std::string read_to(const Fd& connection, const std::string& end) {
    std::string all;
    std::array<char, 4096> buffer{};
    while (all.find(end) == std::string::npos) {
      const ssize_t size = recv(connection.get(), buffer.data(), buffer.size(), 0);
      if (size <= 0) {
        break;
      }
      all.append(buffer.data(), static_cast<size_t>(size));
    }
    return all;
  }
  static std::string line(const Fd& connection) { return read_to(connection, "\r\n").substr(0, 12); }

  Watchers watchers;
  UiServer server{parse_endpoint("127.0.0.1:0").value(), watchers};
};

TEST_F(UiServerTest, StreamsWhatIsTold) {
  const Fd stream = get("/.buddyring/events");
  const std::string head = read_to(stream, "retry: 1000\n\n");
  EXPECT_NE(head.find("HTTP/1.1 200"), std::string::npos) << head;
  EXPECT_NE(head.find("Content-Type: text/event-stream"), std::string::npos) << head;
  watchers.tell("too early");
  watchers.tell_whole("event: state\ndata: {}\n\n");
  watchers.tell("event: change\ndata: {}\n\n");
  const std::string told = read_to(stream, "event: change\ndata: {}\n\n");
  EXPECT_NE(told.find("event: state"), std::string::npos) << told;
  EXPECT_EQ(told.find("too early"), std::string::npos) << told;
}

TEST_F(UiServerTest, ServesItsFilesAndAllowsNothingElse) {
  const Answer page = ui_page("GET", ui_path);
  EXPECT_EQ(page.status, 200U);
  std::map<std::string, std::string> headers(page.headers.begin(), page.headers.end());
  EXPECT_EQ(headers["Content-Type"], "text/html; charset=utf-8");
  EXPECT_EQ(headers["X-Content-Type-Options"], "nosniff");
  const std::string& policy = headers["Content-Security-Policy"];
  EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';")) << policy;
  EXPECT_EQ(policy.find("unsafe"), std::string::npos) << policy;
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos) << policy;
  // Nothing inline, and nothing from elsewhere.
  for (const char* const never : {"style=", "<style", " on", "http://", "https://", "<script>"}) {
    EXPECT_EQ(page.body.find(never), std::string::npos) << never;
  }
  for (const char* const file : {"app.js", "ui.css", "icon.svg", "ring.js"}) {
    EXPECT_EQ(ui_page("GET", std::string{ui_path} + "/" + file).status, 200U) << file;
  }
  for (const char* const path : {"/.buddyring/ui/", "/.buddyring/ui/index.html", "/.buddyring/ui/../ui", "/.buddyring",
                                 "/.buddyring/uix", "/.buddyring/ui/app.js/", "/x", ""}) {
    EXPECT_EQ(ui_page("GET", path).status, 404U) << path;
  }
  EXPECT_EQ(ui_page("POST", ui_path).status, 405U);
  EXPECT_EQ(ui_page("GET", "/").status, 302U);
}

TEST_F(UiServerTest, AnswersOverHttp) {
  EXPECT_EQ(line(get("/.buddyring/ui")), "HTTP/1.1 200");
  EXPECT_EQ(line(get("/.buddyring/ui?x=1")), "HTTP/1.1 200");
  EXPECT_EQ(line(get("/.buddyring/nothing")), "HTTP/1.1 404");
  EXPECT_EQ(line(ask("HEAD /.buddyring/ui HTTP/1.1\r\nHost: x\r\n\r\n")), "HTTP/1.1 200");
  EXPECT_EQ(line(ask("POST /.buddyring/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")), "HTTP/1.1 405");
  EXPECT_EQ(line(ask("HEAD /.buddyring/events HTTP/1.1\r\nHost: x\r\n\r\n")), "HTTP/1.1 405");
  EXPECT_EQ(line(ask("GET /.buddyring/ui HTTP/1.1\r\n\r\n")), "HTTP/1.1 400");
}

TEST_F(UiServerTest, RefusesMoreWatchersThanItTakesAndTakesOneWhenOneGoes) {
  std::vector<Fd> streams;
  for (unsigned number = 0; number < limits::ui_watchers_max; ++number) {
    streams.push_back(get("/.buddyring/events"));
    ASSERT_NE(read_to(streams.back(), "retry: 1000\n\n").find("HTTP/1.1 200"), std::string::npos) << number;
  }
  const std::string refused = read_to(get("/.buddyring/events"), "}\n");
  EXPECT_NE(refused.find("HTTP/1.1 503"), std::string::npos) << refused;
  EXPECT_NE(refused.find("Retry-After: 10"), std::string::npos) << refused;
  EXPECT_EQ(line(get("/.buddyring/ui")), "HTTP/1.1 200") << "those who only load the page have places of their own";
  streams.pop_back();
  std::string head;
  for (const Instant until = monotonic_now() + std::chrono::seconds{20}; monotonic_now() < until;) {
    head = line(get("/.buddyring/events"));
    if (head == "HTTP/1.1 200") {
      break;
    }
  }
  EXPECT_EQ(head, "HTTP/1.1 200");
}

TEST_F(UiServerTest, EndsItsStreamsWhenItEnds) {
  const Fd stream = get("/.buddyring/events");
  read_to(stream, "retry: 1000\n\n");
  watchers.close();
  EXPECT_NE(read_to(stream, "0\r\n\r\n").find("0\r\n\r\n"), std::string::npos);
  EXPECT_EQ(line(get("/.buddyring/events")), "HTTP/1.1 503");
}

TEST(Watchers, TellsTheWholeAnewToWhoIsTooSlow) {
  Watchers watchers;
  const auto slow = watchers.sit_down();
  const auto quick = watchers.sit_down();
  watchers.tell_whole("whole");
  EXPECT_EQ(*slow->next(), "whole");
  EXPECT_EQ(*quick->next(), "whole");
  for (size_t number = 0; number < limits::ui_queue_max; ++number) {
    watchers.tell(std::to_string(number));
    EXPECT_EQ(*quick->next(), std::to_string(number));
  }
  EXPECT_FALSE(watchers.want_whole());
  watchers.tell("one too many");
  EXPECT_TRUE(watchers.want_whole());
  EXPECT_EQ(slow->next(), nullptr);
  watchers.tell("not for who is to be told the whole");
  watchers.tell_whole("whole again");
  EXPECT_EQ(*slow->next(), "whole again");
  EXPECT_EQ(slow->next(), nullptr);
  EXPECT_EQ(*quick->next(), "one too many");
  EXPECT_EQ(*quick->next(), "not for who is to be told the whole");
  EXPECT_EQ(quick->next(), nullptr);
}

ServerRow row_of(const std::string& name, bool drained = false) {
  return {.server = {.name = name, .address = Address::parse("10.1.0.1").value(), .replace_port = 1, .incarnation = 7},
          .epoch = 3,
          .buddy_a = "x",
          .buddy_b = "y",
          .zone = "z",
          .drained = drained};
}

View view_of(uint64_t version, std::vector<ServerRow> servers, std::vector<ServerRow> drained = {}) {
  return {.pool = std::make_shared<const ClientPool>(
              ClientPool{.table = {.version = version, .servers = std::move(servers)}, .drained = std::move(drained)}),
          .registry_reached = true,
          .registry_error = ""};
}

Json data_of(const std::string& text, const std::string& kind) {
  const std::string head = "event: " + kind + "\ndata: ";
  EXPECT_TRUE(text.starts_with(head) && text.ends_with("\n\n")) << text;
  return Json::parse(text.substr(head.size()));
}

TEST(Picture, TellsTheWholeWithTheDrained) {
  const Picture picture = picture_of("web", view_of(4, {row_of("a"), row_of("c")}, {row_of("b", true)}));
  const Json state = data_of(state_text(picture, Instant{}, Duration{5}), "state");
  EXPECT_EQ(state.at("pool"), "web");
  EXPECT_EQ(state.at("version"), 4);
  EXPECT_EQ(state.at("total"), 3);
  ASSERT_EQ(state.at("servers").size(), 3U);
  EXPECT_EQ(state.at("servers")[1], Json::parse(R"({"name": "b", "address": "10.1.0.1", "zone": "z", "incarnation": 7,
      "epoch": 3, "buddies": ["x", "y"], "rtt_below_us": [null, null], "drained": true, "weight": 100})"));
}

TEST(Picture, TellsOnlyWhatChanged) {
  const Picture before = picture_of("web", view_of(4, {row_of("a"), row_of("b"), row_of("c"), row_of("e")}));
  ServerRow changed = row_of("b");
  changed.epoch = 4;
  const Picture after = picture_of("web", view_of(5, {row_of("a"), changed, row_of("d")}));
  const Json change = data_of(change_text(before, after, Instant{}), "change");
  EXPECT_EQ(change.at("gone"), (Json{"c", "e"}));
  ASSERT_EQ(change.at("servers").size(), 2U);
  EXPECT_EQ(change.at("servers")[0].at("epoch"), 4);
  EXPECT_EQ(change.at("servers")[1].at("name"), "d");
  EXPECT_EQ(change_text(after, after, Instant{}), "");
}

TEST(Picture, TellsRoundTripsOfThoseWhoAreBuddies) {
  Picture before = picture_of("web", view_of(4, {row_of("a"), row_of("b"), row_of("c"), row_of("d")}));
  before.rtts = {{"a", {{{"x", 6}, {"y", 9}}}}, {"aa", {{{"x", 1}, {"y", 1}}}}, {"c", {{{"gone", 3}, {"y", 0}}}}};
  const Json state = data_of(state_text(before, Instant{}, Duration{5}), "state");
  EXPECT_EQ(state.at("servers")[0].at("rtt_below_us"), (Json{64, 512}));
  EXPECT_EQ(state.at("servers")[1].at("rtt_below_us"), (Json{nullptr, nullptr}));
  EXPECT_EQ(state.at("servers")[2].at("rtt_below_us"), (Json{nullptr, nullptr})) << "x is another than was told of";
  // In one version of the pool.
  Picture after = before;
  after.rtts[0].rtts[0].rtt_class = 10;
  after.rtts.push_back({"d", {{{"y", 4}, {"x", 5}}}});
  const Json change = data_of(change_text(before, after, Instant{}), "change");
  ASSERT_EQ(change.at("servers").size(), 2U);
  EXPECT_EQ(change.at("servers")[0].at("rtt_below_us"), (Json{1024, 512}));
  EXPECT_EQ(change.at("servers")[1].at("name"), "d");
  EXPECT_EQ(change.at("servers")[1].at("rtt_below_us"), (Json{32, 16})) << "whichever side it told of it on";
  EXPECT_EQ(change_text(after, after, Instant{}), "");
}

TEST(Picture, ShowsNoPoolThatIsTooLarge) {
  std::vector<ServerRow> many;
  for (size_t number = 0; number <= limits::ui_servers_max; ++number) {
    many.push_back(row_of("s" + std::to_string(10'000 + number)));
  }
  const Picture picture = picture_of("web", view_of(4, many));
  EXPECT_EQ(picture.total, limits::ui_servers_max + 1);
  EXPECT_TRUE(picture.servers.empty());
  many.pop_back();
  EXPECT_EQ(picture_of("web", view_of(5, many)).servers.size(), limits::ui_servers_max);
}

TEST(Picture, TellsEachEventOnceAndNoReasonsOfOperators) {
  const AuditEntry first{.id = 1, .at = "t", .event = "announced", .server = "a"};
  const AuditEntry death{.id = 3,
                         .at = "t",
                         .event = "deleted",
                         .server = "b",
                         .accuser = "a",
                         .reason = "dead",
                         .last_answer_ns = 100,
                         .verdict_ns = 400,
                         .detail = "secret",
                         .witness = "c",
                         .word = "concurs",
                         .account = "secret"};
  const Json events = data_of(events_text({first}, {first, death}), "events");
  EXPECT_EQ(events.at("events"), Json::parse(R"([{"id": 3, "at": "t", "event": "deleted", "server": "b", "by": "a",
      "reason": "dead", "witness": "c", "word": "concurs", "silent_ns": 300}])"));
  EXPECT_EQ(events_text({first, death}, {first, death}), "");
}

}  // namespace
}  // namespace buddyring
