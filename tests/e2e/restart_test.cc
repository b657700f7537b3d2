// SPDX-License-Identifier: Apache-2.0
// Agents that end without leaving: what the kernel says of them meanwhile, and
// what the next one makes of it.
#include <gtest/gtest.h>

#include <csignal>

#include "posix/clock.h"
#include "shared_lab.h"

namespace buddyring::e2e {
namespace {

class Restart : public PoolTest {};

TEST_F(Restart, InPlaceIsNoticedByNobody) {
  add_servers(4);
  const PoolSnapshot before = pool.snapshot();
  const auto incarnations = pool.incarnations();
  for (int i = 0; i < 3; ++i) {
    pool["s2"].upgrade();
  }
  EXPECT_EQ(pool.settle(all), "");
  EXPECT_EQ(pool.snapshot().version, before.version);
  EXPECT_EQ(pool.incarnations(), incarnations);
  EXPECT_TRUE(pool.events("verdict").empty());
  // It judges as before.
  pool["s3"].host().cut();
  all.erase("s3");
  EXPECT_EQ(pool.settle(all), "");
}

class ShortLease : public PoolTest {
 protected:
  ShortLease() : PoolTest({.lease = "500ms"}) {}
};

TEST_F(ShortLease, OfWhoeverHandedOverAndHasNoSuccessorRunsOut) {
  add_servers(4);
  pool["s2"].process().signal(SIGUSR2);
  ASSERT_EQ(pool["s2"].process().wait_exit(event_timeout), ended_well);
  all.erase("s2");
  ASSERT_EQ(pool.settle(all), "");
  // It left nothing that would keep the next one from joining.
  pool["s2"].start();
  all.insert("s2");
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Restart, WhatAKilledAgentLeftIsDetached) {
  add_servers(2);
  lab::Agent& agent = pool["s1"];
  lab::Command detach{.argv = {SharedLab::get().program("buddyd"), "--detach", "--pool=" + pool.name(), "--server=s1"}};
  const auto running = lab::run_to_end(agent.host().inside(), detach);
  EXPECT_EQ(running.exit.code, 1) << "it runs";
  agent.kill();
  EXPECT_NE(agent.attached(), "");
  const auto detached = lab::run_to_end(agent.host().inside(), detach);
  EXPECT_EQ(detached.exit, ended_well) << detached.err;
  EXPECT_EQ(agent.attached(), "");
  const auto again = lab::run_to_end(agent.host().inside(), detach);
  EXPECT_EQ(again.exit, ended_well) << again.err;
  EXPECT_NE(again.out.find("nothing was left"), std::string::npos) << again.out;
}

}  // namespace
}  // namespace buddyring::e2e
