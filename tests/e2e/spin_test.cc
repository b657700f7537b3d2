// SPDX-License-Identifier: Apache-2.0
// An agent that never sleeps: what else wakes an agent reaches it all the same.
#include <gtest/gtest.h>

#include <fstream>

#include "shared_lab.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

class Spin : public PoolTest {
 protected:
  Spin() : PoolTest({.interval = "20ms", .misses = 9}) {}

  // In a ring of four, the only one that spins.
  lab::Agent& start_s4() {
    add_servers(3);
    lab::Agent& agent = pool.prepare("s4");
    agent.settings().options = {"--spin"};
    agent.start();
    all.insert("s4");
    EXPECT_EQ(pool.settle(all), "");
    return agent;
  }
  // Times that the process's first thread gave up its core of its own accord.
  static unsigned long sleeps(pid_t pid) {
    std::ifstream status{"/proc/" + std::to_string(pid) + "/status"};
    const std::string key = "voluntary_ctxt_switches:";
    for (std::string word; status >> word;) {
      unsigned long count = 0;
      if (word == key && status >> count) {
        return count;
      }
    }
    throw std::runtime_error("no " + key + " of the agent");
  }
};

// Its announcement came from the registry's thread, its place from messages that it sent, and
// the fifth server's from one that it was sent.
TEST_F(Spin, HearsItsRegistryItsMessagesAndItsSignals) {
  start_s4();
  pool.add("s5");
  all.insert("s5");
  EXPECT_EQ(pool.settle(all), "");

  pool["s2"].host().cut();
  all.erase("s2");
  EXPECT_EQ(pool.settle(all), "");

  const Incarnation before = pool.incarnations().at("s4");
  pool["s4"].upgrade();
  EXPECT_EQ(pool.settle(all), "");
  EXPECT_EQ(pool.incarnations().at("s4"), before);

  EXPECT_EQ(pool["s4"].stop(), ended_well);
  all.erase("s4");
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Spin, DoesNotSleepBetweenProbes) {
  lab::Agent& agent = start_s4();
  constexpr uint64_t probes = 100;  // fifty ticks, each of which one that sleeps would sleep before
  const uint64_t sent = agent.departures();
  const unsigned long before = sleeps(agent.process().pid());
  ASSERT_TRUE(lab::wait_until([&] { return agent.departures() >= sent + probes; }, event_timeout));
  EXPECT_LT(sleeps(agent.process().pid()), before + probes / 4);
}

}  // namespace
}  // namespace buddyring::e2e
