// SPDX-License-Identifier: Apache-2.0
// What agent and router tell a service manager, and when.
#include <gtest/gtest.h>

#include <csignal>

#include "shared_lab.h"
#include "tests/lab/notify_socket.h"
#include "tests/lab/router.h"

namespace buddyring::e2e {
namespace {

using namespace std::chrono_literals;

constexpr uint64_t watchdog_us = 200'000;
constexpr const char* fed = "WATCHDOG=1";

class Managed : public PoolTest {
 protected:
  void expect_fed() {
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(socket.await(fed, event_timeout), fed);
    }
  }

  lab::NotifySocket socket;
};

TEST_F(Managed, AgentIsReadyAsAMemberAndFeedsItsWatchdog) {
  lab::Agent& agent = pool.prepare("s1");
  agent.settings().through = socket.through(watchdog_us);
  agent.launch();
  EXPECT_EQ(socket.await("READY=1", event_timeout), "READY=1\nSTATUS=Member of pool " + pool.name() + " as s1");
  EXPECT_TRUE(pool.incarnations().contains("s1"));
  expect_fed();
  EXPECT_EQ(agent.stop(), ended_well);
  EXPECT_EQ(socket.await("STOPPING=1", event_timeout), "STOPPING=1");
}

// Probes once a minute would come too late for it.
TEST_F(Managed, AgentFeedsItsWatchdogBetweenTwoProbes) {
  lab::Agent& agent = pool.prepare("s1");
  agent.settings().interval = "60s";
  agent.settings().lease = "120s";
  agent.settings().through = socket.through(watchdog_us);
  agent.launch();
  ASSERT_NE(socket.await("READY=1", event_timeout), "");
  expect_fed();
}

TEST_F(Managed, AgentThatDoesNotJoinIsNotReady) {
  lab::Agent& agent = pool.prepare("s1");
  agent.settings().registry = "mysql://nobody@127.0.0.1:1/none";
  agent.settings().through = socket.through(watchdog_us);
  agent.launch();
  const auto exit = agent.process().wait_exit(event_timeout);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 1);
  EXPECT_EQ(socket.await("READY=1", 0ms), "");
}

TEST_F(Managed, RouterIsReadyWhenItAnswersAndFeedsItsWatchdog) {
  lab::Router router(SharedLab::get(), pool.name(), {}, lab::Family::ipv4, socket.through(watchdog_us));
  EXPECT_EQ(socket.await("READY=1", event_timeout), "READY=1\nSTATUS=Serving pool " + pool.name());
  expect_fed();
  router.process().signal(SIGTERM);
  EXPECT_EQ(socket.await("STOPPING=1", event_timeout), "STOPPING=1");
}

}  // namespace
}  // namespace buddyring::e2e
