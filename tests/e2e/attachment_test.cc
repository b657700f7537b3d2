// SPDX-License-Identifier: Apache-2.0
// A ring whose servers take frames each by another way: native, generic, tc.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

#include "posix/clock.h"
#include "shared_lab.h"

namespace buddyring::e2e {
namespace {

using lab::Family;

constexpr std::array ways{std::pair{"native", BUDDYRING_ATTACHED_NATIVE},
                          std::pair{"generic", BUDDYRING_ATTACHED_GENERIC}, std::pair{"tc", BUDDYRING_ATTACHED_TC}};

class MixedWays : public PoolTest, public testing::WithParamInterface<Family> {
 protected:
  MixedWays() : PoolTest({.family = GetParam()}) {
    // Two of each, so that those of one way are buddies of each other's and of their own.
    for (int number = 0; number < 6; ++number) {
      const auto& [way, attachment] = ways.at(static_cast<size_t>(number) % ways.size());
      const std::string server = "s" + std::to_string(number + 1);
      lab::Agent& agent = pool.prepare(server);
      agent.settings().options = {std::string("--attach=") + way};
      agent.start();
      all.insert(server);
      EXPECT_EQ(agent.report().link[0].attachment, attachment) << way;
    }
    EXPECT_EQ(pool.settle(all), "");
  }
};

TEST_P(MixedWays, ADeathOfEachIsFoundAndHealedAndNobodyElseIsAccused) {
  for (const std::string server : {"s1", "s2", "s3"}) {
    const lab::Ring before = pool.ring();
    const size_t accused = pool[server].events("verdict").size();
    const Instant since = pool[server].host().cut().before;
    auto others = all;
    others.erase(server);
    ASSERT_EQ(pool.settle(others), "") << server;
    EXPECT_EQ(pool.ring(), before.without(server));
    EXPECT_FALSE(pool.events("verdict", "buddy", server).empty()) << server;
    EXPECT_EQ(pool[server].events("verdict").size(), accused) << "whose own link is down must not accuse";
    pool[server].host().mend();
    ASSERT_TRUE(pool[server].wait_event("announced", since, event_timeout)) << server;
    EXPECT_EQ(pool.settle(all), "") << server << " lives, so it comes back";
  }
  for (const std::string server : {"s4", "s5", "s6"}) {
    EXPECT_TRUE(pool.events("verdict", "buddy", server).empty()) << server;
  }
}

TEST_P(MixedWays, AKilledAgentOfEachIsSeenStaleAndRemoved) {
  for (const std::string server : {"s4", "s5", "s6"}) {
    const lab::Ring before = pool.ring();
    const Instant killed = pool[server].kill().before;
    EXPECT_TRUE(pool.first_event("answers_as", "buddy", server, killed)) << server;
    all.erase(server);
    ASSERT_EQ(pool.settle(all), "") << server;
    EXPECT_EQ(pool.ring(), before.without(server));
  }
}

INSTANTIATE_TEST_SUITE_P(Each, MixedWays, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& each) { return each.param == Family::ipv4 ? "Ipv4" : "Ipv6"; });

}  // namespace
}  // namespace buddyring::e2e
