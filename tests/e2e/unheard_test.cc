// SPDX-License-Identifier: Apache-2.0
// Servers whose answers vanish, as behind a veth whose other end has no XDP program.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>

#include "core/limits.h"
#include "posix/clock.h"
#include "shared_lab.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using namespace std::chrono_literals;

class Unheard : public PoolTest {
 protected:
  static constexpr auto timeout = limits::introduction_patience + event_timeout;

  [[nodiscard]] std::map<std::string, Epoch> epochs() {
    std::map<std::string, Epoch> all_epochs;
    for (const auto& row : pool.snapshot().servers) {
      all_epochs[row.server.name] = row.epoch;
    }
    return all_epochs;
  }
};

TEST_F(Unheard, AServerDoesNotStartAndSaysWhyAndThePoolDoesNotNotice) {
  add_servers(3);
  const auto before = epochs();
  lab::Agent& newcomer = pool.prepare("s4");
  newcomer.host().lose_answers();
  newcomer.launch();
  const auto exit = newcomer.process().wait_exit(timeout);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 1);
  newcomer.process().end();  // collects what it said last
  const std::string said = newcomer.process().err();
  for (const char* part :
       {"heard no answer", "s1", newcomer.address().c_str(), "eth0", "XDP_TX", "--attach generic", "ICMP"}) {
    EXPECT_NE(said.find(part), std::string::npos) << part << " is not in: " << said;
  }
  EXPECT_EQ(newcomer.attached(), "");
  EXPECT_EQ(epochs(), before);
  EXPECT_TRUE(pool.events("suspect").empty());
}

TEST_F(Unheard, AServerThatAnswersThroughTheStackIsHeard) {
  add_servers(3);
  for (const auto& [server, way] : {std::pair{"s4", "generic"}, std::pair{"s5", "tc"}}) {
    lab::Agent& newcomer = pool.prepare(server);
    newcomer.settings().options = {"--attach", way};
    newcomer.host().lose_answers();
    newcomer.start();
    all.insert(server);
    EXPECT_EQ(pool.settle(all), "") << way;
  }
}

TEST_F(Unheard, AMemberGoesOnTryingAndComesBackWhenItIsHeard) {
  add_servers(4);
  const Instant since = monotonic_now();
  pool["s2"].host().lose_answers();
  EXPECT_TRUE(pool["s2"].wait_event("unheard", since, timeout));
  EXPECT_EQ(pool["s2"].events("removed").size(), 1U) << "it was announced though nobody hears it";
  auto others = all;
  others.erase("s2");
  EXPECT_EQ(pool.settle(others), "");
  pool["s2"].host().pass_answers();
  EXPECT_EQ(pool.settle(all, timeout), "");
}

// A link that goes away as soon as the program is attached, as some drivers reset it.
class WithoutLink : public Unheard {
 protected:
  // Starts s3, which nobody hears, so that its link is cut before it is announced.
  lab::Agent& start_and_cut() {
    add_servers(2);
    lab::Agent& newcomer = pool.prepare("s3");
    newcomer.host().lose_answers();
    const Instant since = monotonic_now();
    newcomer.launch();
    EXPECT_TRUE(newcomer.wait_event("started", since, timeout));
    newcomer.host().cut();
    EXPECT_TRUE(newcomer.wait_event("carrier", since, timeout));
    return newcomer;
  }
};

TEST_F(WithoutLink, AStartWaitsUntilItIsBack) {
  lab::Agent& newcomer = start_and_cut();
  newcomer.host().pass_answers();
  // Longer than anything that it might have asked the registry takes to fail.
  constexpr uint64_t ticks = 600;
  EXPECT_TRUE(lab::wait_until([&] { return newcomer.report().ticks >= ticks; }, timeout)) << newcomer.process().err();
  EXPECT_EQ(pool.snapshot().servers.size(), 2U);
  newcomer.host().mend();
  EXPECT_EQ(pool.settle({"s1", "s2", "s3"}, timeout), "") << newcomer.process().err();
  EXPECT_TRUE(pool.events("suspect").empty());
}

TEST_F(WithoutLink, AStartThatWaitsInVainSaysSo) {
  lab::Agent& newcomer = start_and_cut();
  const auto exit = newcomer.process().wait_exit(limits::carrier_patience + event_timeout);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 1);
  newcomer.process().end();  // collects what it said last
  EXPECT_NE(newcomer.process().err().find("eth0 has had no carrier"), std::string::npos) << newcomer.process().err();
  EXPECT_EQ(newcomer.attached(), "");
}

}  // namespace
}  // namespace buddyring::e2e
