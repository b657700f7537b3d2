// SPDX-License-Identifier: Apache-2.0
// What a reload changes live and what it names as needing a restart.
#include "agent/reload_plan.h"

#include <gtest/gtest.h>

namespace buddyring {
namespace {

using Words = std::vector<std::string>;

AgentOptions given(std::map<std::string, std::string> texts) {
  AgentOptions options;
  options.detection.interval = std::chrono::milliseconds{100};
  options.given = std::move(texts);
  return options;
}

TEST(ReloadPlan, SaysWhatChangesAndFromWhatToWhat) {
  const ReloadPlan plan = plan_reload(given({{"interval", "100ms"}, {"rise", "3"}, {"watch-exec", "true\n"}}),
                                      given({{"interval", "50ms"}, {"misses", "5"}, {"watch-tcp", "[::1]:80\n"}}));
  EXPECT_EQ(plan.changed,
            (Words{"interval 100ms -> 50ms", "misses default -> 5", "rise 3 -> default", "watch-exec", "watch-tcp"}));
  EXPECT_EQ(plan.restart, Words{});
}

// Also one that nobody thought of when this was written.
TEST(ReloadPlan, WhatIsNotKnownToChangeLiveNeedsARestart) {
  const ReloadPlan plan = plan_reload(given({{"zone", "x"}, {"interface", "eth0\n"}}),
                                      given({{"interface", "eth0\neth1\n"}, {"some-new-option", "1"}}));
  EXPECT_EQ(plan.changed, Words{});
  EXPECT_EQ(plan.restart, (Words{"interface", "some-new-option", "zone"}));
}

TEST(ReloadPlan, SecretsAreComparedAndNotShown) {
  AgentOptions old = given({{"registry-password-file", "/a"}, {"key-file", "/k"}});
  AgentOptions fresh = old;
  fresh.registry.password = "another secret";
  const ReloadPlan plan = plan_reload(old, fresh);
  EXPECT_EQ(plan.changed, Words{});
  EXPECT_EQ(plan.restart, Words{"the registry's password"});
  fresh.given["key-file"] = "/l";
  EXPECT_EQ(plan_reload(old, fresh).changed, Words{"key-file"});
}

TEST(ReloadPlan, WhatNeedsARestartIsNamedAgainUntilThen) {
  const AgentOptions old = given({{"zone", "x"}, {"misses", "3"}});
  const AgentOptions fresh = given({{"zone", "y"}, {"interval", "1s"}});
  const AgentOptions then = with_live_settings(old, fresh);
  EXPECT_EQ(then.given, (std::map<std::string, std::string>{{"zone", "x"}, {"interval", "1s"}}));
  const ReloadPlan again = plan_reload(then, fresh);
  EXPECT_EQ(again.changed, Words{});
  EXPECT_EQ(again.restart, Words{"zone"});
}

TEST(ReloadPlan, WhoSleepsKeepsItsIntervalFromOneThatIsForSpinning) {
  AgentOptions old = given({{"interval", "100ms"}, {"misses", "3"}});
  AgentOptions fresh = given({{"interval", "100us"}, {"misses", "5"}, {"spin", "1"}});
  fresh.detection = {.interval = std::chrono::microseconds{100}, .misses = 5};
  const ReloadPlan plan = plan_reload(old, fresh);
  EXPECT_EQ(plan.changed, Words{"misses 3 -> 5"});
  EXPECT_EQ(plan.restart, (Words{"interval", "spin"}));
  const AgentOptions then = with_live_settings(old, fresh);
  EXPECT_EQ(then.detection.interval, std::chrono::milliseconds{100});
  EXPECT_EQ(then.detection.misses, 5U);
  EXPECT_EQ(then.given, (std::map<std::string, std::string>{{"interval", "100ms"}, {"misses", "5"}}));
  old.waiting = Loop::Waiting::spins;
  EXPECT_EQ(with_live_settings(old, fresh).detection.interval, std::chrono::microseconds{100});
}

TEST(ReloadPlan, WhatAProfileBringsThatSpinsWaitsForARestart) {
  AgentOptions old = given({{"profile", "lan"}});
  AgentOptions fresh = given({{"profile", "busy"}});
  fresh.detection.interval = std::chrono::microseconds{500};
  fresh.waiting = Loop::Waiting::spins;
  const ReloadPlan plan = plan_reload(old, fresh);
  EXPECT_EQ(plan.changed, Words{"profile lan -> busy"});
  EXPECT_EQ(plan.restart, (Words{"interval", "spin"}));
  const AgentOptions then = with_live_settings(old, fresh);
  EXPECT_EQ(then.detection.interval, std::chrono::milliseconds{100});
  EXPECT_EQ(then.waiting, Loop::Waiting::sleeps);
  EXPECT_EQ(plan_reload(then, fresh).restart, (Words{"interval", "spin"})) << "named again until then";
  EXPECT_EQ(plan_reload(fresh, old).restart, Words{"spin"});
}

TEST(ReloadPlan, IsJoinedForPeople) {
  EXPECT_EQ(joined({}), "");
  EXPECT_EQ(joined({"a"}), "a");
  EXPECT_EQ(joined({"a", "b 1 -> 2"}), "a, b 1 -> 2");
}

}  // namespace
}  // namespace buddyring
