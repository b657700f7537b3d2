// SPDX-License-Identifier: Apache-2.0
// What an operator, or another program, can do to an agent's network under it.
#include <gtest/gtest.h>

#include "posix/clock.h"
#include "shared_lab.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using namespace std::chrono_literals;

class Network : public PoolTest {
 protected:
  // A command inside the host of `server`; it must succeed.
  void inside(const std::string& server, const std::vector<std::string>& words) {
    const lab::Completed done = lab::run_to_end(pool[server].host().inside(), {.argv = words});
    ASSERT_EQ(done.exit, ended_well) << words.at(0) << ": " << done.err;
  }
};

TEST_F(Network, AServerWhoseAddressIsTakenAwayIsFoundAndComesBackWithIt) {
  add_servers(4);
  const Instant since = monotonic_now();
  const std::string with_length = pool["s2"].address() + "/16";
  inside("s2", {"ip", "address", "del", with_length, "dev", "eth0"});
  const auto others = [&] {
    auto names = all;
    names.erase("s2");
    return names;
  }();
  EXPECT_EQ(pool.settle(others), "");
  EXPECT_FALSE(pool["s2"].wait_event("verdict", since, 0ns)) << "it accused somebody";
  inside("s2", {"ip", "address", "add", with_length, "dev", "eth0"});
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Network, AnAgentWhoseInterfaceIsGoneEnds) {
  add_servers(3);
  inside("s2", {"ip", "link", "del", "eth0"});
  const auto exit = pool["s2"].process().wait_exit(event_timeout);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 1);
  all.erase("s2");
  EXPECT_EQ(pool.settle(all), "");
}

// Somebody's filter ends the way of each packet before our egress program: no
// departure is stamped, so nothing can be matched, and everybody looks silent.
TEST_F(Network, AnAgentWhoseEgressProgramIsBypassedSaysSoAndAccusesNobody) {
  add_servers(4);
  const Instant since = monotonic_now();
  inside("s2", {"tc", "filter", "add", "dev", "eth0", "egress", "pref", "1", "handle", "1", "bpf", "bytecode",
                "1,6 0 0 4294967295", "flowid", "1:1"});
  EXPECT_TRUE(pool["s2"].wait_event("egress_bypassed", since, event_timeout));
  EXPECT_FALSE(pool["s2"].wait_event("verdict", since, 1s));
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Network, AfterARestartOnlyTheNewIncarnationCountsAsLive) {
  add_servers(3);
  pool["s2"].kill();
  all.erase("s2");
  ASSERT_EQ(pool.settle(all), "");
  const uint64_t incarnation = std::stoull(pool["s2"].start().value("incarnation"));
  all.insert("s2");
  ASSERT_EQ(pool.settle(all), "");
  for (const char* buddy : {"s1", "s3"}) {
    const lab::Agent& agent = pool[buddy];
    EXPECT_TRUE(lab::wait_until([&] { return agent.live_incarnation("s2") != 0; }, event_timeout)) << buddy;
    EXPECT_EQ(agent.live_incarnation("s2"), incarnation) << buddy;
  }
}

}  // namespace
}  // namespace buddyring::e2e
