// SPDX-License-Identifier: Apache-2.0
// The server table goes away and comes back around a death.
#include <gtest/gtest.h>

#include "posix/clock.h"
#include "shared_lab.h"

namespace buddyring::e2e {
namespace {

class RegistryOutage : public PoolTest {
 protected:
  void SetUp() override { add_servers(5); }
  void TearDown() override { SharedLab::get().start_registry(); }
};

TEST_F(RegistryOutage, ADeathDuringItIsHealedAfterwards) {
  const lab::Ring before = pool.ring();
  SharedLab::get().stop_registry();
  const Instant since = pool["s3"].host().cut().before;
  ASSERT_TRUE(pool.first_event("verdict", "buddy", "s3", since));

  SharedLab::get().start_registry();
  all.erase("s3");
  ASSERT_EQ(pool.settle(all, std::chrono::seconds{30}), "");
  EXPECT_EQ(pool.ring(), before.without("s3"));
}

TEST_F(RegistryOutage, ABuddyThatIsBackBeforeTheTableIsNotRemoved) {
  const lab::Ring before = pool.ring();
  const auto incarnations = pool.incarnations();
  SharedLab::get().stop_registry();
  const Instant since = pool["s3"].host().cut().before;
  const auto [left, right] = before.servers.at("s3");
  ASSERT_TRUE(pool[left].wait_event("verdict", since, event_timeout));
  ASSERT_TRUE(pool[right].wait_event("verdict", since, event_timeout));
  const Instant mended = pool["s3"].host().mend().after;
  ASSERT_TRUE(pool[left].wait_event("alive", mended, event_timeout));
  ASSERT_TRUE(pool[right].wait_event("alive", mended, event_timeout));

  SharedLab::get().start_registry();
  // Each agent has dealt with the table again before we look.
  const lab::Agent& newcomer = pool.add("s6");
  all.insert(newcomer.server());
  ASSERT_EQ(pool.settle(all, std::chrono::seconds{30}), "");
  EXPECT_EQ(pool.ring().without("s6"), before);
  auto now = pool.incarnations();
  now.erase("s6");
  EXPECT_EQ(now, incarnations);
  EXPECT_TRUE(pool.events("deleted").empty());
}

// A table that was lost is made anew, and the servers come by themselves.
TEST_F(RegistryOutage, AnEmptyTableIsFilledByTheServersThatLive) {
  const auto incarnations = pool.incarnations();
  auto& database = SharedLab::get().database();
  const std::string of_pool = " WHERE pool_id = (SELECT pool_id FROM pool WHERE name = '" + pool.name() + "')";
  database.execute("DELETE FROM server" + of_pool, "buddyring");
  database.execute("DELETE FROM server_incarnation" + of_pool, "buddyring");
  database.execute("DELETE FROM pool WHERE name = '" + pool.name() + "'", "buddyring");
  ASSERT_EQ(pool.settle(all, std::chrono::seconds{120}), "");
  for (const auto& [server, incarnation] : pool.incarnations()) {
    EXPECT_GT(incarnation, incarnations.at(server)) << server;
  }
}

// Nobody listens at the first endpoint.
TEST(RegistryEndpoints, ADeadOneIsPassedOverAndShown) {
  lab::Lab& lab = SharedLab::get();
  lab::AgentSettings settings;
  settings.registry = lab.registry_url();
  settings.registry.replace(settings.registry.find(":3306"), 5, ":3307,10.77.255.1:3306");
  lab::Pool pool(lab, settings);
  const std::set<std::string> all{"s1", "s2", "s3"};
  for (const std::string& name : all) {
    pool.add(name);
  }
  ASSERT_EQ(pool.settle(all, std::chrono::seconds{30}), "");
  const buddyring_report report = pool["s1"].report();
  ASSERT_EQ(report.endpoints, 2U);
  EXPECT_STREQ(report.endpoint[0].where, "10.77.255.1:3307");
  EXPECT_EQ(report.endpoint[0].state, uint32_t{BUDDYRING_ENDPOINT_FAILED});
  EXPECT_GE(report.endpoint[0].failures, 1U);
  EXPECT_STREQ(report.endpoint[1].where, "10.77.255.1:3306");
  EXPECT_EQ(report.endpoint[1].state, uint32_t{BUDDYRING_ENDPOINT_REACHED});
}

}  // namespace
}  // namespace buddyring::e2e
