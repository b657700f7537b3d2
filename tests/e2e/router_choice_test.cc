// SPDX-License-Identifier: Apache-2.0
// Whom the router chooses: the same server again, when asked to, and never one that is gone.
#include <gtest/gtest.h>

#include "shared_lab.h"
#include "tests/lab/http.h"
#include "tests/lab/router.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using lab::Router;

class RouterChoice : public PoolTest {
 protected:
  // A request with a cookie, or without one.
  static lab::HttpResponse get(const Router& router, const std::string& cookie = "") {
    const auto response = lab::http_get(
        SharedLab::get().client(), router.endpoint(), "/x",
        cookie.empty() ? std::map<std::string, std::string>{} : std::map<std::string, std::string>{{"Cookie", cookie}});
    return response ? *response : lab::HttpResponse{};
  }
  static std::string address_in(const lab::HttpResponse& response) {
    const auto location = response.headers.find("location");
    return location == response.headers.end() ? "" : lab::host_of_url(location->second);
  }
  std::string server_at(const std::string& address) {
    for (const auto& server : all) {
      if (pool[server].address() == address) {
        return server;
      }
    }
    return "";
  }
};

TEST_F(RouterChoice, ACookieLeadsToTheSameServerUntilItIsGone) {
  add_servers(4);
  Router router(SharedLab::get(), pool.name(), {"--sticky=cookie"});
  const lab::HttpResponse first = get(router);
  const std::string had = server_at(address_in(first));
  const std::string cookie = "buddyring-server=" + had;
  EXPECT_TRUE(first.headers.at("set-cookie").starts_with(cookie + ";"));
  for (int number = 0; number < 50; ++number) {
    const lab::HttpResponse again = get(router, "other=1; " + cookie);
    EXPECT_EQ(address_in(again), pool[had].address());
    EXPECT_FALSE(again.headers.contains("set-cookie"));
  }
  ASSERT_TRUE(router.wait_gone(had, pool[had].kill().before));
  const lab::HttpResponse replaced = get(router, cookie);
  const std::string has = server_at(address_in(replaced));
  EXPECT_NE(has, had);
  EXPECT_TRUE(replaced.headers.at("set-cookie").starts_with("buddyring-server=" + has + ";"));
}

TEST_F(RouterChoice, ACookieThatNamesNobodyIsReplaced) {
  add_servers(1);
  const Router router(SharedLab::get(), pool.name(), {"--sticky=cookie"});
  for (const char* cookie :
       {"buddyring-server=nobody", "buddyring-server=", "buddyring-server", "buddyring-server=http://evil.example/"}) {
    const lab::HttpResponse response = get(router, cookie);
    EXPECT_EQ(address_in(response), pool["s1"].address()) << cookie;
    EXPECT_TRUE(response.headers.at("set-cookie").starts_with("buddyring-server=s1;")) << cookie;
  }
}

TEST_F(RouterChoice, ADrainedServerGetsNobodyNotEvenWhoHadIt) {
  add_servers(2);
  const Router router(SharedLab::get(), pool.name(), {"--sticky=cookie"});
  const auto order = [&](const char* what) {
    return SharedLab::get().buddyctl({what, "s2", "--pool=" + pool.name()}).exit;
  };
  const auto sent = [&] { return address_in(get(router, "buddyring-server=s2")); };
  ASSERT_EQ(sent(), pool["s2"].address());
  ASSERT_EQ(order("drain"), ended_well);
  EXPECT_TRUE(lab::wait_until([&] { return sent() == pool["s1"].address(); }, event_timeout));
  for (int number = 0; number < 40; ++number) {
    EXPECT_EQ(address_in(get(router)), pool["s1"].address());
  }
  // It is watched, and in the ring, all the same.
  EXPECT_EQ(pool.settle(all), "");
  ASSERT_EQ(order("undrain"), ended_well);
  EXPECT_TRUE(lab::wait_until([&] { return sent() == pool["s2"].address(); }, event_timeout));
}

// Of 300 requests s2 gets 27 on average; the bounds are missed once in a million runs.
TEST_F(RouterChoice, AServersWeightIsItsPartOfTheClients) {
  add_servers(2);
  const Router router(SharedLab::get(), pool.name());
  ASSERT_EQ(SharedLab::get().buddyctl({"weight", "s2", "10", "--pool=" + pool.name()}).exit, ended_well);
  const auto listed = [&] {
    const auto servers = lab::http_get(SharedLab::get().client(), router.endpoint(), "/.buddyring/servers");
    return servers ? servers->body : "";
  };
  ASSERT_TRUE(lab::wait_until([&] { return listed().find("\"weight\":10}") != std::string::npos; }, event_timeout))
      << listed();
  std::map<std::string, unsigned> sent;
  for (int number = 0; number < 300; ++number) {
    ++sent[server_at(address_in(get(router)))];
  }
  EXPECT_EQ(sent["s1"] + sent["s2"], 300U);
  EXPECT_GT(sent["s2"], 3U);
  EXPECT_LT(sent["s2"], 60U);
}

TEST_F(RouterChoice, AnAddressLeadsToTheSameServerUntilItIsGone) {
  add_servers(4);
  Router router(SharedLab::get(), pool.name(), {"--sticky=address"});
  const std::string had = server_at(address_in(get(router)));
  for (int number = 0; number < 50; ++number) {
    EXPECT_EQ(address_in(get(router)), pool[had].address());
  }
  ASSERT_TRUE(router.wait_gone(had, pool[had].kill().before));
  const std::string has = server_at(address_in(get(router)));
  EXPECT_NE(has, had);
  EXPECT_NE(has, "");
}

TEST_F(RouterChoice, NoRequestWaitsForADatabaseThatHangs) {
  add_servers(2);
  const Router router(SharedLab::get(), pool.name(), {"--max-staleness=3s"});
  SharedLab::get().database().pause();
  // The database keeps the connection and says nothing: whoever waits for it waits
  // for longer than http_timeout.
  int answered = 0;
  const bool stale = lab::wait_until(
      [&] {
        const int status = get(router).status;
        EXPECT_TRUE(status == 307 || status == 503) << status;
        answered += status == 307 ? 1 : 0;
        return status != 307;
      },
      event_timeout);
  EXPECT_TRUE(stale);
  EXPECT_GE(answered, 10);
  EXPECT_EQ(get(router).status, 503);
  SharedLab::get().database().resume();
  EXPECT_TRUE(lab::wait_until([&] { return get(router).status == 307; }, event_timeout));
  EXPECT_EQ(pool.settle(all), "");
}

}  // namespace
}  // namespace buddyring::e2e
