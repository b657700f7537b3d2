// SPDX-License-Identifier: Apache-2.0
// One server's word is not enough: faults of the network between few servers.
#include <gtest/gtest.h>

#include <algorithm>

#include "posix/clock.h"
#include "shared_lab.h"

namespace buddyring::e2e {
namespace {

using namespace std::chrono_literals;

class Witness : public PoolTest {
 protected:
  explicit Witness(lab::AgentSettings settings = {}) : PoolTest(std::move(settings)) {}
  ~Witness() override {
    for (const auto& [from, to] : faults_) {
      SharedLab::get().network().lose(from, to, 0);
    }
  }

  // Frames between the two get lost with this probability, either way.
  void lose_between(const std::string& one, const std::string& other, double probability) {
    for (const auto& [from, to] : {std::pair(one, other), std::pair(other, one)}) {
      SharedLab::get().network().lose(pool[from].address(), pool[to].address(), probability);
      faults_.emplace(pool[from].address(), pool[to].address());
    }
  }
  // Waits that long; what was deleted meanwhile, as text.
  std::string deletions_within(Duration duration) {
    const Instant since = monotonic_now();
    std::string found;
    for (const auto& server : all) {
      // The first of these waits, the others look back.
      const auto left = std::max(duration - (monotonic_now() - since), Duration{0});
      if (const auto deleted = pool[server].wait_event("deleted", since, left)) {
        found += server + " deleted " + deleted->value("buddy") + ": " + deleted->value("outcome") + "; ";
      }
    }
    return found;
  }

 private:
  std::set<std::pair<std::string, std::string>> faults_;
};

TEST_F(Witness, OfTheOtherSideKeepsAServerWhoseOneLinkIsCut) {
  add_servers(6);
  const auto around = pool.ring().around();
  const uint64_t version = pool.snapshot().version;
  const uint64_t lost = SharedLab::get().network().lost();

  lose_between(around[1], around[2], 1);
  EXPECT_EQ(deletions_within(30s), "");

  EXPECT_EQ(pool.snapshot().version, version);
  EXPECT_EQ(pool.settle(all), "");
  EXPECT_GT(SharedLab::get().network().lost(), lost + 1000) << "nothing was cut at all";
  for (const auto& [judge, suspect] : {std::pair(around[1], around[2]), std::pair(around[2], around[1])}) {
    EXPECT_FALSE(pool[judge].events("verdict").empty()) << judge;
    EXPECT_FALSE(pool[judge].events("abstain").empty()) << judge << " must say why it deletes nobody";
    const buddyring_report report = pool[judge].report();
    EXPECT_TRUE(std::ranges::any_of(report.buddy, [](const auto& buddy) {
      return buddy.state == BUDDYRING_BUDDY_CONTESTED;
    })) << suspect;
  }

  // A true death during the cut, of one of the two.
  pool[around[2]].host().cut();
  all.erase(around[2]);
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Witness, IsTheTableWhereThereAreOnlyTwo) {
  add_servers(2);
  lose_between("s1", "s2", 1);
  EXPECT_EQ(pool["s1"].wait_event("deleted", Instant{}, 10s).value_or(lab::Event{}).value("outcome"), "disputed");
  EXPECT_EQ(pool.snapshot().servers.size(), 2U);
  lose_between("s1", "s2", 0);
  EXPECT_TRUE(pool["s1"].wait_event("alive", Instant{}, event_timeout));
  EXPECT_TRUE(pool["s2"].wait_event("alive", Instant{}, event_timeout));
  EXPECT_EQ(pool.settle(all), "");
  EXPECT_EQ(pool.snapshot().servers.size(), 2U);
}

class LossyNetwork : public Witness {
 protected:
  LossyNetwork() : Witness({.interval = "20ms", .misses = 5}) {}
};

TEST_F(LossyNetwork, DeletesNobodyAndHidesNoDeath) {
  add_servers(6);
  for (const auto& one : all) {
    for (const auto& other : all) {
      if (one < other) {
        lose_between(one, other, 0.1);
      }
    }
  }
  EXPECT_EQ(deletions_within(60s), "");
  EXPECT_EQ(pool.settle(all), "");

  pool["s4"].host().cut();
  all.erase("s4");
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Witness, OfARunIsWhoeverIsBeyondIt) {
  add_servers(10);
  const lab::Ring before = pool.ring();
  const auto around = before.around();
  lab::Ring after = before;
  for (size_t i = 3; i < 7; ++i) {
    pool[around[i]].host().cut();
    after = after.without(around[i]);
    all.erase(around[i]);
  }
  ASSERT_EQ(pool.settle(all), "");
  EXPECT_EQ(pool.ring(), after);
  const auto deleted = pool.events("deleted", "outcome", "deleted");
  ASSERT_FALSE(deleted.empty());
  EXPECT_EQ(deleted.front().value("servers"), "4") << "at once";
}

}  // namespace
}  // namespace buddyring::e2e
