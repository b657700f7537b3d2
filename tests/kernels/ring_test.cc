// SPDX-License-Identifier: Apache-2.0
// A ring of three on the kernel at hand: it stands, loses a server, heals, gets it
// back, and survives restarts. An emulated machine is slow, so probes are slow here
// and patience is long; how long anything takes is not looked at.
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "tests/lab/lab.h"
#include "tests/lab/pool.h"
#include "tests/lab/wait.h"

namespace buddyring::kernels {
namespace {

constexpr auto patience = std::chrono::seconds{120};
constexpr lab::Exit ended_well{.code = 0, .signal = 0};

class RingOfThree : public testing::Test {
 protected:
  // For all tests of the suite; made while the process has no other thread.
  static void SetUpTestSuite() { shared = std::make_unique<lab::Lab>(); }
  static void TearDownTestSuite() { shared.reset(); }
  inline static std::unique_ptr<lab::Lab> shared;

  void SetUp() override {
    for (const auto& server : all) {
      pool.add(server);
    }
    ASSERT_EQ(pool.settle(all, patience), "");
    for (const auto& server : all) {
      ASSERT_TRUE(lab::wait_until([&] { return pool[server].hears_its_buddies(); }, patience)) << server;
    }
  }

  const std::set<std::string> all{"s1", "s2", "s3"};
  lab::Pool pool{*shared, {.interval = "200ms", .misses = 17, .lease = "20s"}};
};

TEST_F(RingOfThree, IsAnsweredByNativeXdp) {
  for (const auto& server : all) {
    EXPECT_EQ(pool[server].report().link[0].attachment, unsigned{BUDDYRING_ATTACHED_NATIVE}) << server;
  }
  EXPECT_TRUE(pool.events("verdict").empty());
}

TEST_F(RingOfThree, LosesAServerHealsAndGetsItBack) {
  const auto before = pool.incarnations();
  const Instant cut = pool["s2"].host().cut().before;
  ASSERT_EQ(pool.settle({"s1", "s3"}, patience), "");
  EXPECT_EQ(pool.ring().servers.at("s1"), (lab::Buddies{.a = "s3", .b = "s3"}));
  EXPECT_TRUE(pool.first_event("verdict", "buddy", "s2", cut, patience));

  pool["s2"].host().mend();
  ASSERT_EQ(pool.settle(all, patience), "") << pool["s2"].process().err();
  EXPECT_GT(pool.incarnations().at("s2"), before.at("s2"));
  EXPECT_EQ(pool.incarnations().at("s1"), before.at("s1")) << "a server that lived was removed";
  EXPECT_EQ(pool.incarnations().at("s3"), before.at("s3")) << "a server that lived was removed";
}

TEST_F(RingOfThree, SurvivesAStopAndAStart) {
  EXPECT_EQ(pool["s3"].stop(), ended_well);
  EXPECT_EQ(pool["s3"].attached(), "");
  ASSERT_EQ(pool.settle({"s1", "s2"}, patience), "");
  pool["s3"].start();
  EXPECT_EQ(pool.settle(all, patience), "");
}

TEST_F(RingOfThree, SurvivesAKillAndAStart) {
  const uint64_t incarnation = pool.incarnations().at("s1");
  pool["s1"].kill();
  pool["s1"].start();
  ASSERT_EQ(pool.settle(all, patience), "");
  EXPECT_GT(pool.incarnations().at("s1"), incarnation);
}

}  // namespace
}  // namespace buddyring::kernels
