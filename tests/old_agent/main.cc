// SPDX-License-Identifier: Apache-2.0
// `make test-old-agent`: agents of schema version 3 use the table as it is now, alone and in a
// ring with those of today.
//
// Theory of operation. Their pins have another layout, so nothing here looks at those: what
// counts is what the table says and what the agents log.
#include <gtest/gtest.h>

#include <cstdio>
#include <exception>

#include "tests/lab/lab.h"
#include "tests/lab/pool.h"
#include "tests/lab/wait.h"

namespace buddyring {
namespace {

constexpr auto patience = std::chrono::seconds{60};

// GoogleTest makes the fixtures itself, so they cannot be given the lab.
lab::Lab* the_lab = nullptr;

class OldAgentTest : public ::testing::Test {
 protected:
  OldAgentTest() : pool_(*the_lab) {}

  lab::Pool& pool() { return pool_; }
  void add_old(const std::string& server) {
    lab::Agent& agent = pool_.prepare(server);
    agent.settings().program = the_lab->program("../old-agent-3/build/bin/buddyd");
    agent.start();
  }
  // The table comes to hold exactly these, whole.
  ::testing::AssertionResult becomes(const std::set<std::string>& expected) {
    std::string off;
    const auto is_so = [&] {
      const auto listed = the_lab->with_registry([&](RegistryClient& table) { return table.list(pool_.name()); });
      const auto found = the_lab->with_registry([&](RegistryClient& table) { return table.verify(pool_.name()); });
      std::set<std::string> present;
      for (const ServerRow& row : listed ? listed.value().servers : std::vector<ServerRow>{}) {
        present.insert(row.server.name);
      }
      off = ::testing::PrintToString(present) + (found && found.value().empty() ? "" : ", not whole");
      return present == expected && found && found.value().empty();
    };
    return lab::wait_until(is_so, patience) ? ::testing::AssertionSuccess() : ::testing::AssertionFailure() << off;
  }
  // Its buddies find out, and it comes back when its cable does.
  void dies_and_returns(const std::string& server, const std::set<std::string>& all) {
    std::set<std::string> others = all;
    others.erase(server);
    const Instant since = pool_[server].host().cut().before;
    EXPECT_TRUE(pool_.first_event("verdict", "buddy", server, since, patience)) << server;
    EXPECT_TRUE(becomes(others)) << server << " is cut off";
    pool_[server].host().mend();
    EXPECT_TRUE(becomes(all)) << server << " is back";
  }
  void leaves(const std::string& server) { EXPECT_EQ(pool_[server].stop(), (lab::Exit{.code = 0, .signal = 0})); }

 private:
  lab::Pool pool_;
};

TEST_F(OldAgentTest, ARingOfThemGoesOn) {
  for (const char* const server : {"s1", "s2", "s3", "s4"}) {
    add_old(server);
  }
  ASSERT_TRUE(becomes({"s1", "s2", "s3", "s4"}));
  dies_and_returns("s3", {"s1", "s2", "s3", "s4"});
  add_old("s5");
  EXPECT_TRUE(becomes({"s1", "s2", "s3", "s4", "s5"}));
  leaves("s1");
  EXPECT_TRUE(becomes({"s2", "s3", "s4", "s5"}));
}

// They know no pause: they are told what they do know, and go on asking.
TEST_F(OldAgentTest, APauseHoldsTheirVerdictsToo) {
  for (const char* const server : {"s1", "s2", "s3", "s4"}) {
    add_old(server);
  }
  ASSERT_TRUE(becomes({"s1", "s2", "s3", "s4"}));
  const auto pause = [this](std::chrono::seconds length) {
    const OperatorRequest request{.server = "", .by = "olga", .why = ""};
    return the_lab->with_registry([&](RegistryClient& table) { return table.pause(pool().name(), request, length); });
  };
  ASSERT_TRUE(pause(std::chrono::hours{1}));
  const Instant since = pool()["s3"].host().cut().before;
  EXPECT_TRUE(pool().first_event("deleted", "outcome", "capped", since, patience));
  EXPECT_TRUE(becomes({"s1", "s2", "s3", "s4"}));
  ASSERT_TRUE(pause(std::chrono::seconds{0}));
  EXPECT_TRUE(becomes({"s1", "s2", "s4"}));
}

// As during an upgrade, one server after the other: each is replaced by stop and start.
TEST_F(OldAgentTest, OldAndNewWatchEachOther) {
  const std::set<std::string> all{"s1", "s2", "s3", "s4"};
  add_old("s1");
  pool().add("s2");
  add_old("s3");
  pool().add("s4");
  ASSERT_TRUE(becomes(all));
  for (const std::string& server : all) {
    dies_and_returns(server, all);
  }
  for (const char* const server : {"s1", "s3"}) {
    leaves(server);
    pool()[server].settings().program = "";
    pool()[server].start();
    EXPECT_TRUE(becomes(all));
  }
  EXPECT_EQ(pool().settle(all, patience), "");
}

}  // namespace
}  // namespace buddyring

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  try {
    // While there is no other thread yet.
    buddyring::lab::Lab lab;
    buddyring::the_lab = &lab;
    return RUN_ALL_TESTS();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "old_agent: the lab could not be built: %s\n", error.what());
    return 1;
  }
}
