// SPDX-License-Identifier: Apache-2.0
// The router: where clients are sent, and where never.
#include "tests/lab/router.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "posix/clock.h"
#include "shared_lab.h"
#include "tests/lab/asker.h"
#include "tests/lab/http.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using lab::HttpResponse;
using lab::Router;
using Json = nlohmann::json;

class Routing : public PoolTest {
 protected:
  std::optional<HttpResponse> get(const Router& router, const std::string& path) {
    return lab::http_get(SharedLab::get().client(), router.endpoint(), path);
  }
};

TEST_F(Routing, KeepsPathAndQuery) {
  add_servers(3);
  const Router router(SharedLab::get(), pool.name());
  for (const char* path : {"/", "/a/b%20c?d=e&f=%2F", "/?", "//double", "/.buddyringx"}) {
    const auto response = get(router, path);
    ASSERT_TRUE(response) << path;
    EXPECT_EQ(response->status, 307) << path;
    const std::string location = response->headers.at("location");
    const std::string host = lab::host_of_url(location);
    EXPECT_EQ(location, "http://" + host + ":" + std::to_string(Router::target_port) + path);
    EXPECT_TRUE(host == pool["s1"].address() || host == pool["s2"].address() || host == pool["s3"].address()) << host;
  }
}

TEST_F(Routing, SaysTryLaterWhenThePoolIsEmpty) {
  const Router router(SharedLab::get(), pool.name());
  const auto response = get(router, "/x");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  EXPECT_TRUE(response->headers.contains("retry-after"));
  EXPECT_FALSE(response->headers.contains("location"));
}

TEST_F(Routing, ListsTheServersAndItsHealth) {
  add_servers(2);
  const Router router(SharedLab::get(), pool.name());
  const auto servers = get(router, "/.buddyring/servers");
  ASSERT_TRUE(servers);
  EXPECT_EQ(servers->status, 200);
  const Json list = Json::parse(servers->body);
  ASSERT_EQ(list.at("servers").size(), 2U);
  EXPECT_EQ(list.at("pool"), pool.name());
  EXPECT_EQ(list.at("servers")[0].at("name"), "s1");
  EXPECT_EQ(list.at("servers")[0].at("address"), pool["s1"].address());

  const auto health = get(router, "/.buddyring/healthz");
  ASSERT_TRUE(health);
  EXPECT_EQ(health->status, 200);
  EXPECT_EQ(Json::parse(health->body).at("status"), "ok");
  EXPECT_EQ(get(router, "/.buddyring/nothing")->status, 404);
}

TEST_F(Routing, NeverNamesAServerThatItKnowsToBeGone) {
  add_servers(4);
  Router router(SharedLab::get(), pool.name());
  lab::Asker asker(SharedLab::get().client(), router.endpoint());
  const std::string dead = pool["s2"].address();
  ASSERT_TRUE(lab::wait_until([&] { return asker.sent_to(dead, Instant{}) > 0; }, event_timeout));

  const Instant since = pool["s2"].kill().before;
  const auto gone = router.wait_gone("s2", since);
  ASSERT_TRUE(gone);
  const Instant learnt = instant_from_ns(gone->ts_ns);
  const auto requests_since = [&] {
    const auto asked = asker.asked();
    return std::ranges::count_if(asked, [&](const lab::Asked& request) { return request.started >= learnt; });
  };
  ASSERT_TRUE(lab::wait_until([&] { return requests_since() >= 200; }, event_timeout));
  EXPECT_EQ(asker.sent_to(dead, learnt), 0U);
  for (const auto& request : asker.asked()) {
    EXPECT_EQ(request.status, 307);
  }
}

TEST_F(Routing, SendsNobodyByAListThatIsTooOld) {
  add_servers(2);
  const Router router(SharedLab::get(), pool.name(), {"--max-staleness=500ms"});
  ASSERT_EQ(get(router, "/x")->status, 307);
  SharedLab::get().stop_registry();
  EXPECT_TRUE(lab::wait_until([&] { return get(router, "/x")->status == 503; }, event_timeout));
  SharedLab::get().start_registry();
  EXPECT_TRUE(lab::wait_until([&] { return get(router, "/x")->status == 307; }, event_timeout));
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Routing, GoesOnWhileTheRegistryIsAway) {
  add_servers(3);
  const Router router(SharedLab::get(), pool.name());
  SharedLab::get().stop_registry();
  const bool noticed = lab::wait_until(
      [&] {
        const auto health = get(router, "/.buddyring/healthz");
        return health && Json::parse(health->body).at("registry").at("state") == "lost";
      },
      event_timeout);
  EXPECT_TRUE(noticed);
  EXPECT_EQ(get(router, "/x")->status, 307);
  SharedLab::get().start_registry();
  const bool reached = lab::wait_until(
      [&] {
        const auto health = get(router, "/.buddyring/healthz");
        return health && Json::parse(health->body).at("registry").at("state") == "reached";
      },
      event_timeout);
  EXPECT_TRUE(reached);
  EXPECT_EQ(pool.settle(all), "");
}

}  // namespace
}  // namespace buddyring::e2e
