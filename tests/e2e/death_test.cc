// SPDX-License-Identifier: Apache-2.0
// Servers die in the ways servers die; the ring closes behind them.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "core/observation.h"
#include "posix/clock.h"
#include "shared_lab.h"

namespace buddyring::e2e {
namespace {

using lab::Event;
using lab::Ring;

class Death : public PoolTest {
 protected:
  size_t count_deleted(const std::string& server, const std::string& outcome) {
    const auto deleted = pool.events("deleted", "buddy", server);
    return static_cast<size_t>(
        std::ranges::count_if(deleted, [&](const Event& event) { return event.value("outcome") == outcome; }));
  }

  // What `from` sends to `to` is refused by its own kernel, or let through again.
  void set_route(const std::string& from, const std::string& to, const char* add_or_del) {
    lab::ip_batch(pool[from].host().inside(),
                  std::string("route ") + add_or_del + " prohibit " + pool[to].address() + "/32\n");
  }
};

TEST_F(Death, OfALinkIsFoundAndTheRingCloses) {
  add_servers(6);
  const Ring before = pool.ring();

  pool["s3"].host().cut();
  all.erase("s3");
  ASSERT_EQ(pool.settle(all), "");

  EXPECT_EQ(pool.ring(), before.without("s3"));
  EXPECT_EQ(count_deleted("s3", "deleted"), 1U);
  EXPECT_FALSE(pool.events("verdict", "buddy", "s3").empty());
  EXPECT_EQ(pool.events("verdict").size(), pool.events("verdict", "buddy", "s3").size());
  EXPECT_TRUE(pool["s3"].events("verdict").empty()) << "whose own link is down must not accuse";
}

TEST_F(Death, OfTwoAdjacentAgentsIsFound) {
  add_servers(6);
  const Ring before = pool.ring();
  const auto around = before.around();

  pool[around[2]].kill();
  pool[around[3]].kill();
  all.erase(around[2]);
  all.erase(around[3]);
  ASSERT_EQ(pool.settle(all), "");

  EXPECT_EQ(pool.ring(), before.without(around[2]).without(around[3]));
}

TEST_F(Death, OfAnAgentIsSeenAtTheFirstAnswerOfItsKernel) {
  add_servers(4);
  const auto [left, right] = pool.ring().servers.at("s2");
  const lab::Span killed = pool["s2"].kill();
  for (const std::string& judge : {left, right}) {
    const auto seen = pool[judge].wait_event("answers_as", killed.before, event_timeout);
    ASSERT_TRUE(seen) << judge;
    EXPECT_EQ(seen->value("buddy"), "s2");
    EXPECT_EQ(seen->value("what"), describe(AnswerClass::stale_lease));
  }
  all.erase("s2");
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Death, LeavesTheLastOneAlone) {
  add_servers(2);
  pool["s1"].kill();
  EXPECT_EQ(pool.settle({"s2"}), "");
}

TEST_F(Death, OfOneOfThreeLeavesAPair) {
  add_servers(3);
  pool["s2"].host().cut();
  ASSERT_EQ(pool.settle({"s1", "s3"}), "");
  EXPECT_EQ(pool.ring().servers.at("s1"), (lab::Buddies{.a = "s3", .b = "s3"}));
}

// The two discoverers are kept from talking to each other: one deletes, the other
// learns from the table who its buddies are now.
TEST_F(Death, FoundByBothBuddiesIsDeletedOnce) {
  add_servers(6);
  const Ring before = pool.ring();
  const auto [left, right] = before.servers.at("s4");
  set_route(left, right, "add");
  set_route(right, left, "add");

  const Instant since = pool["s4"].host().cut().before;
  // Neither can ask the other for its word, nor tell it; both get along without.
  EXPECT_TRUE(pool.first_event("deleted", "buddy", "s4", since));
  all.erase("s4");
  ASSERT_EQ(pool.settle(all), "");
  EXPECT_EQ(count_deleted("s4", "deleted"), 1U);

  set_route(left, right, "del");
  set_route(right, left, "del");
  ASSERT_EQ(pool.settle(all), "");
  EXPECT_EQ(pool.ring(), before.without("s4"));
}

TEST_F(Death, IsForgivenWhenTheLinkIsMendedAndTakesNobodyAlong) {
  add_servers(6);
  std::map<std::string, uint64_t> before = pool.incarnations();
  for (int round = 0; round < 5; ++round) {
    const Instant cut = pool["s2"].host().cut().before;
    ASSERT_TRUE(pool.first_event("deleted", "buddy", "s2", cut));
    // At once: its buddies have been silent to it for as long as it was to them.
    pool["s2"].host().mend();
    ASSERT_TRUE(pool["s2"].wait_event("announced", cut, event_timeout)) << pool["s2"].process().err();
    ASSERT_EQ(pool.settle(all), "") << pool["s2"].process().err();
    const auto now = pool.incarnations();
    EXPECT_GT(now.at("s2"), before.at("s2"));
    before["s2"] = now.at("s2");
    ASSERT_EQ(now, before) << "a server that lived was removed";
  }
}

class FlappingLink : public PoolTest {
 protected:
  // Two intervals remain after the first miss.
  FlappingLink() : PoolTest({.interval = "50ms", .misses = 9}) {}
};

// A link that is down for a cycle or two: too short to die of. But probes were
// sent on the dead link, and the kernel repeats its question for a neighbour's
// MAC only after a second: so long both buddies seem silent, and they are not.
TEST_F(FlappingLink, AccusesNobody) {
  add_servers(4);
  const PoolSnapshot before = pool.snapshot();
  const Instant cut = pool["s2"].host().cut().before;
  ASSERT_TRUE(pool.first_event("suspect", "buddy", "s2", cut));
  pool["s2"].host().mend();
  // The time in which a wrong verdict would fall.
  EXPECT_FALSE(pool["s2"].wait_event("verdict", cut, std::chrono::seconds{3}));
  EXPECT_EQ(pool.snapshot().version, before.version);
  EXPECT_EQ(pool.settle(all), "");
}

class HungAgent : public PoolTest {
 protected:
  static constexpr auto lease = std::chrono::milliseconds{800};
  static constexpr auto interval = std::chrono::milliseconds{20};
  explicit HungAgent(unsigned misses = 3) : PoolTest({.interval = "20ms", .misses = misses, .lease = "800ms"}) {}
};

TEST_F(HungAgent, IsFoundWhenItsLeaseHasRunOutAndComesBackWhenItWakes) {
  add_servers(5);
  const Instant stopped = monotonic_now();
  pool["s3"].process().signal(SIGSTOP);
  const auto verdict = pool.first_event("verdict", "buddy", "s3", stopped);
  ASSERT_TRUE(verdict);
  // Its kernel went on answering, and vouched for it as long as it was told to.
  EXPECT_GE(instant_from_ns(verdict->ts_ns), stopped + lease - interval);
  EXPECT_EQ(verdict->value("reason"), describe(AnswerClass::stale_lease));
  all.erase("s3");
  ASSERT_EQ(pool.settle(all), "");

  pool["s3"].process().signal(SIGCONT);
  all.insert("s3");
  EXPECT_EQ(pool.settle(all), "") << pool["s3"].process().err();
}

// So many misses take longer than a restart, in which a server is no member for a while. Whoever
// misses it for the first time says so at once all the same.
class KeptAgent : public HungAgent {
 protected:
  KeptAgent() : HungAgent(100) {}
};

// A kill besides, of the agent and then of the whole host: the first changes nothing, the
// second is a death like any other.
TEST_F(KeptAgent, StaysUntilItsKernelIsSilent) {
  add_servers(3);
  lab::Agent& kept = pool.prepare("s4");
  kept.settings().options = {"--on-stale=keep"};
  kept.start();
  all.insert("s4");
  ASSERT_EQ(pool.settle(all), "");
  const auto [left, right] = pool.ring().servers.at("s4");
  const uint64_t version = pool.snapshot().version;

  const Instant stopped = monotonic_now();
  kept.process().signal(SIGSTOP);
  for (const std::string& judge : {left, right}) {
    const auto seen = pool[judge].wait_event("answers_as", stopped, event_timeout);
    ASSERT_TRUE(seen) << judge;
    EXPECT_EQ(seen->value("what"), describe(AnswerClass::stale_kept));
  }
  const auto status = SharedLab::get().buddyctl({"status", "--pool=" + pool.name(), "--server=" + left});
  EXPECT_NE(status.out.find("KEPT"), std::string::npos) << status.out << status.err;
  // The time in which a stale lease is a death.
  EXPECT_FALSE(pool[left].wait_event("suspect", stopped, lease + 10 * interval));
  kept.process().signal(SIGCONT);
  for (const std::string& judge : {left, right}) {
    const auto over = pool[judge].process().wait_event(
        [](const lab::Event& event) {
          return event.name == "answers_as" && event.value("what") == describe(AnswerClass::live);
        },
        event_timeout);
    EXPECT_TRUE(over) << judge;
  }

  const Instant killed = kept.kill().before;
  EXPECT_TRUE(pool[left].wait_event("answers_as", killed, event_timeout));
  EXPECT_FALSE(pool[left].wait_event("suspect", killed, 20 * interval));
  EXPECT_EQ(pool.snapshot().version, version) << "nothing was written to the table";
  EXPECT_EQ(kept.start().value("rejoined"), "true");
  ASSERT_EQ(pool.settle(all), "");

  kept.kill();
  kept.host().cut();
  all.erase("s4");
  EXPECT_EQ(pool.settle(all), "");
}

class SlowDetection : public PoolTest {
 protected:
  SlowDetection() : PoolTest({.interval = "1s", .misses = 20, .lease = "60s"}) {}
};

TEST_F(SlowDetection, ARestartBeforeItKeepsThePlaceUnderANewIncarnation) {
  add_servers(4);
  const Ring before = pool.ring();
  const uint64_t incarnation = pool.incarnations().at("s2");

  pool["s2"].kill();
  const Event announced = pool["s2"].start();
  EXPECT_EQ(announced.value("rejoined"), "true");
  EXPECT_GT(std::stoull(announced.value("incarnation")), incarnation);
  ASSERT_EQ(pool.settle(all), "");
  EXPECT_EQ(pool.ring(), before);
  EXPECT_TRUE(pool.events("verdict").empty());
}

TEST_F(Death, ARestartAfterItGivesANewPlaceAndANewIncarnation) {
  add_servers(4);
  const uint64_t incarnation = pool.incarnations().at("s2");

  pool["s2"].kill();
  all.erase("s2");
  ASSERT_EQ(pool.settle(all), "");
  const Event announced = pool["s2"].start();
  EXPECT_EQ(announced.value("rejoined"), "false");
  EXPECT_GT(std::stoull(announced.value("incarnation")), incarnation);
  all.insert("s2");
  EXPECT_EQ(pool.settle(all), "");
}

}  // namespace
}  // namespace buddyring::e2e
