// SPDX-License-Identifier: Apache-2.0
// The router and its clients: slow ones, rude ones, and those that are under way when it is stopped.
#include <gtest/gtest.h>

#include <csignal>

#include "shared_lab.h"
#include "tests/lab/http.h"
#include "tests/lab/router.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using lab::Router;

class RouterClients : public PoolTest {
 protected:
  static Fd connect(const Router& router) { return lab::connect_from(SharedLab::get().client(), router.endpoint()); }
  // All that comes back to these bytes until the router closes; nothing when it does not.
  static std::optional<std::string> say(const Router& router, const std::string& bytes) {
    const Fd connection = connect(router);
    lab::send_all(connection, bytes);
    return lab::receive_to_close(connection);
  }
  static std::optional<lab::HttpResponse> get(const Router& router, const std::string& path) {
    return lab::http_get(SharedLab::get().client(), router.endpoint(), path);
  }
  // Everything an answer says about where to go.
  static std::vector<std::string> locations(const std::string& answers) {
    std::vector<std::string> found;
    const std::string name = "\r\nLocation: ";
    for (size_t at = answers.find(name); at != std::string::npos; at = answers.find(name, at + 1)) {
      const size_t begin = at + name.size();
      found.push_back(answers.substr(begin, answers.find("\r\n", begin) - begin));
    }
    return found;
  }
  std::string server_url() { return "http://" + pool["s1"].address() + ":" + std::to_string(Router::target_port); }
};

constexpr const char* half_a_request = "GET /slow HTTP/1.1\r\nHost: x\r\n";

TEST_F(RouterClients, ManyRequestsUseOneConnection) {
  add_servers(1);
  const Router router(SharedLab::get(), pool.name());
  const auto answers = say(router,
                           "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
                           "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                           "HEAD /3 HTTP/1.1\r\nHost: x\r\n\r\n"
                           "GET /4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(answers);
  EXPECT_EQ(locations(*answers), (std::vector<std::string>{server_url() + "/1", server_url() + "/2",
                                                           server_url() + "/3", server_url() + "/4"}));
  // 307 and nothing else: a POST must stay one.
  for (size_t at = answers->find("HTTP/1.1 "); at != std::string::npos; at = answers->find("HTTP/1.1 ", at + 1)) {
    EXPECT_EQ(answers->substr(at, 12), "HTTP/1.1 307");
  }
}

struct Rude {
  std::string bytes;
  std::string sent_to;  // "": refused
};

std::string many_headers() {
  std::string headers;
  for (int number = 0; number < 5000; ++number) {
    headers += "X" + std::to_string(number) + ": y\r\n";
  }
  return headers;
}

std::vector<Rude> rude_requests() {
  const std::string end = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const std::string nul(1, '\0');
  return {
      {"GET http://evil.example/x" + end, "/x"},
      {"GET http://evil.example" + end, "/"},
      {"GET //evil.example/x" + end, "//evil.example/x"},
      {"GET /\\evil.example" + end, "/\\evil.example"},
      {"GET \\\\evil.example\\x" + end, "/"},
      {"GET @evil.example" + end, "/"},
      {"OPTIONS *" + end, "/"},
      {"CONNECT evil.example:443" + end, "/"},
      {"GET /%0d%0aSet-Cookie:%20a=b" + end, "/%0d%0aSet-Cookie:%20a=b"},
      {"GET /a\rLocation: http://evil.example/" + end, ""},
      {"GET /a\x01" + end, ""},
      {"GET /a\tb" + end, ""},
      {"GET /a b" + end, ""},
      {"GET /a\x7f" + end, ""},
      {"GET /a#b" + end, ""},
      {"GET /a" + nul + "b" + end, ""},
      {"GET /" + std::string(9000, 'a') + end, ""},
      {"GET /" + std::string(70000, 'a') + end, ""},
      {"GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(70000, 'a') + "\r\n\r\n", ""},
      {"GET / HTTP/1.1\r\nHost: x\r\n" + many_headers() + "\r\n", ""},
      {"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", ""},
      {"GET / HTTP/9.9\r\nHost: x\r\n\r\n", ""},
      {"GET / HTTP/1.1\r\nHost: x\r\nCookie: a=\"\r\nConnection: close\r\n\r\n", ""},
      {"GET\r\n\r\n", ""},
      {nul + nul + "\r\n\r\n", ""},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", ""},
  };
}

TEST_F(RouterClients, RudeRequestsAreSentNowhereElse) {
  add_servers(1);
  // Some make the HTTP library wait for more, which never comes.
  const Router router(SharedLab::get(), pool.name(), {"--client-timeout=1s"});
  for (const Rude& rude : rude_requests()) {
    const auto answer = say(router, rude.bytes);
    const std::string shown = rude.bytes.substr(0, 60);
    ASSERT_TRUE(answer) << shown;
    if (rude.sent_to.empty()) {
      EXPECT_EQ(locations(*answer), std::vector<std::string>{}) << shown << *answer;
      EXPECT_TRUE(answer->empty() || answer->starts_with("HTTP/1.1 4") || answer->starts_with("HTTP/1.1 5") ||
                  answer->starts_with("HTTP/1.0 4"))
          << shown << *answer;
    } else {
      EXPECT_EQ(locations(*answer), std::vector<std::string>{server_url() + rude.sent_to}) << shown << *answer;
    }
  }
  EXPECT_EQ(get(router, "/after")->status, 307);
}

TEST_F(RouterClients, ADrippingClientIsCut) {
  add_servers(1);
  const Router router(SharedLab::get(), pool.name(), {"--client-timeout=500ms"});
  const Fd connection = connect(router);
  ASSERT_TRUE(lab::send_all(connection, half_a_request));
  // A byte now and then: to be silent is not what it is cut for.
  EXPECT_TRUE(lab::wait_until([&] { return !lab::send_all(connection, "x"); }, event_timeout));
}

TEST_F(RouterClients, ManySlowClientsLockNobodyOut) {
  add_servers(1);
  const Router router(SharedLab::get(), pool.name(), {"--connections=64", "--client-timeout=60m"});
  std::vector<Fd> slow;
  for (int number = 0; number < 300; ++number) {
    slow.push_back(connect(router));
    lab::send_all(slow.back(), half_a_request);
    if (number % 10 == 0) {
      const auto response = get(router, "/quick");
      ASSERT_TRUE(response) << "after " << number;
      EXPECT_EQ(response->status, 307);
    }
  }
}

TEST_F(RouterClients, WhoIsUnderWayWhenItStopsIsAnswered) {
  add_servers(1);
  Router router(SharedLab::get(), pool.name());
  const Fd connection = connect(router);
  ASSERT_TRUE(lab::send_all(connection, half_a_request));
  ASSERT_TRUE(get(router, "/"));  // the half request has been taken by now: it came first
  router.process().signal(SIGTERM);
  // Nobody else gets in from here on.
  ASSERT_TRUE(lab::wait_until([&] { return !connect(router).valid(); }, event_timeout));
  ASSERT_TRUE(lab::send_all(connection, "\r\n"));
  const auto answer = lab::receive_to_close(connection);
  ASSERT_TRUE(answer);
  EXPECT_EQ(locations(*answer), std::vector<std::string>{server_url() + "/slow"});
  EXPECT_NE(answer->find("Connection: close"), std::string::npos);
  EXPECT_EQ(router.process().wait_exit(event_timeout), ended_well);
}

TEST_F(RouterClients, WhoNeverFinishesDoesNotKeepItFromStopping) {
  add_servers(1);
  Router router(SharedLab::get(), pool.name(), {"--client-timeout=60m"});
  const Fd connection = connect(router);
  ASSERT_TRUE(lab::send_all(connection, half_a_request));
  ASSERT_TRUE(get(router, "/"));
  router.process().signal(SIGTERM);
  EXPECT_EQ(router.process().wait_exit(event_timeout), ended_well);
}

TEST_F(RouterClients, RequestsAreLoggedOnlyWhenAskedFor) {
  add_servers(1);
  const auto accesses = [&](const std::vector<std::string>& options) {
    Router router(SharedLab::get(), pool.name(), options);
    EXPECT_EQ(get(router, "/logged")->status, 307);
    router.process().signal(SIGTERM);
    EXPECT_EQ(router.process().wait_exit(event_timeout), ended_well);
    std::vector<std::string> targets;
    for (const lab::Event& event : router.process().events()) {
      if (event.name == "access" && event.value("target") == "/logged") {
        EXPECT_EQ(event.value("client"), SharedLab::get().client().address());
        EXPECT_EQ(event.value("status"), "307");
        EXPECT_EQ(event.value("location"), server_url() + "/logged");
        targets.push_back(event.value("target"));
      }
    }
    return targets;
  };
  EXPECT_EQ(accesses({}), std::vector<std::string>{});
  EXPECT_EQ(accesses({"--access-log"}), std::vector<std::string>{"/logged"});
}

}  // namespace
}  // namespace buddyring::e2e
