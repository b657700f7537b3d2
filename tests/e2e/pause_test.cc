// SPDX-License-Identifier: Apache-2.0
// A pool whose verdicts an operator has paused: nobody is deleted as dead, everybody can see why,
// and the dead go when it is over.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ctl/exit_status.h"
#include "shared_lab.h"
#include "tests/lab/http.h"
#include "tests/lab/router.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using Json = nlohmann::json;

class Pause : public PoolTest {
 protected:
  Json ctl(std::vector<std::string> words, ExitStatus status = ExitStatus::ok) {
    words.push_back("--pool=" + pool.name());
    words.emplace_back("--json");
    const lab::Completed done = SharedLab::get().buddyctl(words);
    EXPECT_EQ(done.exit, (lab::Exit{.code = static_cast<int>(status), .signal = 0})) << done.out << done.err;
    return Json::parse(done.out);
  }
  [[nodiscard]] uint32_t state_of_any_buddy_found_dead(const std::string& server) {
    const buddyring_report report = pool[server].report();
    return std::max(report.buddy[0].state, report.buddy[1].state);
  }
};

TEST_F(Pause, KeepsTheDeadInTheTableUntilItIsResumed) {
  add_servers(5);
  const lab::Router router(SharedLab::get(), pool.name());
  const auto health = [&] {
    const auto page = lab::http_get(SharedLab::get().client(), router.endpoint(), "/.buddyring/healthz");
    return page ? Json::parse(page->body) : Json::object();
  };
  EXPECT_TRUE(health().at("paused_left_ns").is_null());
  const Json paused = ctl({"pause", "--for=2h", "--by=olga", "--why=new switch"});
  EXPECT_TRUE(paused.at("paused"));
  EXPECT_TRUE(lab::wait_until([&] { return !health().at("paused_left_ns").is_null(); }, event_timeout));
  EXPECT_GT(ctl({"ring"}).at("paused_left_ns"), 3'600'000'000'000);

  const auto before = pool.ring();
  const auto around = before.around();
  const Instant cut = pool[around[2]].host().cut().before;
  for (const auto& buddy : {around[1], around[3]}) {
    const auto refused = pool[buddy].wait_event("deleted", cut, event_timeout);
    ASSERT_TRUE(refused) << buddy;
    EXPECT_EQ(refused->value("outcome"), "paused");
    EXPECT_TRUE(
        lab::wait_until([&] { return state_of_any_buddy_found_dead(buddy) == BUDDYRING_BUDDY_PAUSED; }, event_timeout));
    const Json status = ctl({"status", "--server=" + buddy});
    EXPECT_TRUE(std::ranges::any_of(status.at("buddies"), [](const Json& b) { return b.at("state") == "paused"; }));
  }
  // Who wants to go goes, and whoever comes is taken in.
  EXPECT_EQ(pool[around[0]].stop(), ended_well);
  pool.add("s6");
  EXPECT_TRUE(pool.ring().servers.contains(around[2]));
  EXPECT_FALSE(pool.ring().servers.contains(around[0]));
  EXPECT_TRUE(pool.ring().servers.contains("s6"));

  EXPECT_TRUE(ctl({"resume", "--by=olga", "--why=done"}).at("changed"));
  all = {"s1", "s2", "s3", "s4", "s5", "s6"};
  all.erase(around[0]);
  all.erase(around[2]);
  EXPECT_EQ(pool.settle(all), "");
  EXPECT_FALSE(ctl({"resume"}).at("changed"));
  EXPECT_TRUE(lab::wait_until([&] { return health().at("paused_left_ns").is_null(); }, event_timeout));
  std::vector<std::string> said;
  const Json events = ctl({"events", "--limit=100"}).at("events");
  for (const Json& entry : events) {
    if (entry.at("server").is_null()) {
      said.push_back(entry.at("event").get<std::string>() + " " + entry.at("accuser").get<std::string>() + ", " +
                     entry.at("detail").get<std::string>());
    }
  }
  EXPECT_EQ(said, (std::vector<std::string>{"paused olga, for 7200 s: new switch", "resumed olga, done"}));
}

TEST_F(Pause, EndsByItself) {
  add_servers(4);
  static_cast<void>(ctl({"pause", "--for=1500ms"}));
  const auto around = pool.ring().around();
  pool[around[1]].host().cut();
  all.erase(around[1]);
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Pause, MustSayForHowLong) {
  add_servers(1);
  for (const auto& [words, part] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{{{"pause"}, "--for"},
                                                                     {{"pause", "--for=soon"}, "--for"},
                                                                     {{"pause", "--for=25h"}, "1s to 24h"},
                                                                     {{"pause", "--for=999ms"}, "1s to 24h"},
                                                                     {{"pause", "--for=1h", "--by=o lga"}, "--by"}}) {
    const Json refused = ctl(words, ExitStatus::usage);
    EXPECT_NE(refused.at("error").at("message").get<std::string>().find(part), std::string::npos) << refused;
  }
  EXPECT_TRUE(ctl({"ring"}).at("paused_left_ns").is_null());
}

}  // namespace
}  // namespace buddyring::e2e
