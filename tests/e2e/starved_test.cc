// SPDX-License-Identifier: Apache-2.0
// An agent that hardly gets to run, on a host that is well.
#include <gtest/gtest.h>

#include "posix/clock.h"
#include "shared_lab.h"
#include "tests/lab/cpu_quota.h"

namespace buddyring::e2e {
namespace {

using namespace std::chrono_literals;

// A quota is kept on the average: what a group was charged beyond it, be it the work of
// an interrupt or a halt of the virtual machine, is paid off by not running. At 2 ms a
// second a charge of 8 ms means 4 s without the agent, more than the pools' usual lease of
// 3 s. The lease here outlasts 28 ms, and still ends within the test unless renewed.
class StarvedAgent : public PoolTest {
 protected:
  StarvedAgent() : PoolTest({.lease = "15s"}) {}
};

// For 20 s: what is awaited is a verdict, and the deadline must pass without one.
TEST_F(StarvedAgent, IsNotRemovedWhileItsKernelAnswers) {
  add_servers(5);
  const uint64_t version = pool.snapshot().version;
  const Instant since = monotonic_now();
  {
    // An agent that ticks every 10 ms needs about 5 ms a second.
    const lab::CpuQuota quota(pool["s3"].process().pid(), 2ms, 1s);
    for (const auto& server : all) {
      // The first of these waits the 20 s, the others look back.
      const auto left = Duration{20s} - (monotonic_now() - since);
      const auto verdict = pool[server].wait_event("verdict", since, std::max(left, Duration{0}));
      EXPECT_FALSE(verdict) << server << ": " << verdict->text;
    }
    EXPECT_GE(quota.throttled_periods(), 10U) << "it was not starved at all";
  }
  EXPECT_EQ(pool.snapshot().version, version);
  EXPECT_EQ(pool.settle(all), "");
}

}  // namespace
}  // namespace buddyring::e2e
