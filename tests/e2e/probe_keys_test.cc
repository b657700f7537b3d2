// SPDX-License-Identifier: Apache-2.0
// Probes in a pool with keys: who has no key is not taken for alive, and keys are
// exchanged while the pool runs, without anybody leaving it.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "kernel/kernel_path.h"
#include "kernel/pin_directory.h"
#include "kernel/pinned_maps.h"
#include "message_test.h"
#include "posix/clock.h"
#include "tests/lab/forger.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using lab::Family;

// Of a pool of this lab.
PinnedMaps maps_of(const lab::Pool& pool, const std::string& server) {
  auto maps = read_pinned(KernelPath::Options{}.pin_root, pin_directory_name(pool.name(), server));
  EXPECT_TRUE(maps.ok()) << server;
  return maps ? maps.value() : PinnedMaps{};
}

// What `of` saw of `buddy`, in its slot; nothing when it does not watch it.
std::optional<buddyring_peer_state> sight(const PinnedMaps& of, const std::string& buddy) {
  for (size_t slot = 0; slot < BUDDYRING_MAX_PEERS; ++slot) {
    if (of.peer.at(slot).role != BUDDYRING_PEER_FREE && of.peer.at(slot).server == buddy) {
      return of.peer_state.at(slot);
    }
  }
  return std::nullopt;
}

uint64_t refused_by_keys(const PinnedMaps& maps) {
  uint64_t refused = 0;
  for (const buddyring_verdict verdict :
       {BUDDYRING_PASS_UNSEALED, BUDDYRING_PASS_UNKNOWN_KEY, BUDDYRING_PASS_BAD_SEAL, BUDDYRING_DROP_UNSEALED,
        BUDDYRING_DROP_UNKNOWN_KEY, BUDDYRING_DROP_BAD_SEAL, BUDDYRING_DROP_REPLAYED}) {
    refused += maps.verdicts.at(verdict);
  }
  return refused;
}

lab::AgentSettings settings_of(const std::string& keys, Family family, const std::string& interval) {
  return {.interval = interval, .key_file = keys.empty() ? "" : key_file(keys), .family = family};
}

// A pool in which s2 dies, and somebody at its address goes on answering in its name.
class Forging : public PoolTest {
 protected:
  // Slow enough for the forger to be at work before a verdict.
  Forging(const std::string& keys, Family family) : PoolTest(settings_of(keys, family, "500ms")), family_(family) {}

  void SetUp() override { add_servers(3); }

  void replace_by_forger(const std::function<void(lab::Forger::Probe)>& seal) {
    lab::Agent& dead = pool["s2"];
    const lab::Forger::Role role{.identity = identity_of(pool.name(), "s2"),
                                 .incarnation = pool.incarnations().at("s2"),
                                 .epoch = dead.own_list()->epoch};
    forger_ = std::make_unique<lab::Forger>(dead.host(), family_, role, seal);
    dead.kill();
    const lab::Completed detached = lab::run_to_end(
        dead.host().inside(),
        {.argv = {SharedLab::get().program("buddyd"), "--detach", "--pool=" + pool.name(), "--server=s2"}});
    ASSERT_EQ(detached.exit, ended_well) << detached.err;
  }
  [[nodiscard]] uint64_t live_answers(const std::string& of) {
    const auto seen = sight(maps_of(pool, of), "s2");
    return seen ? seen->sighting[BUDDYRING_LIVE].count : 0;
  }
  [[nodiscard]] uint64_t counted(buddyring_verdict verdict) {
    return maps_of(pool, "s1").verdicts.at(verdict) + maps_of(pool, "s3").verdicts.at(verdict);
  }
  void expect_removed() {
    all.erase("s2");
    EXPECT_EQ(pool.settle(all), "");
  }

 private:
  Family family_;
  std::unique_ptr<lab::Forger> forger_;
};

void without_seal(lab::Forger::Probe probe) {
  std::ranges::fill(probe.subspan<offsetof(buddyring_probe, key)>(), uint8_t{0});
}

void with_strange_seal(lab::Forger::Probe probe) { PoolKeys::read(key_file(strange_key_1)).for_probes().seal(probe); }

struct ForgingWithoutKeys : Forging {
  ForgingWithoutKeys() : Forging("", Family::ipv4) {}
};
struct ForgingWithKeys : Forging {
  ForgingWithKeys() : Forging(key_1, Family::ipv4) {}
};
struct ForgingWithKeysIpv6 : Forging {
  ForgingWithKeysIpv6() : Forging(key_1, Family::ipv6) {}
};

// What keys are for, and the proof that the forger of the other tests is a good one.
TEST_F(ForgingWithoutKeys, ADeadServerSeemsAlive) {
  replace_by_forger(without_seal);
  const uint64_t before = live_answers("s1");
  EXPECT_TRUE(lab::wait_until([&] { return live_answers("s1") > before + 6; }, event_timeout));
  EXPECT_TRUE(pool.incarnations().contains("s2")) << "twice the time of a death has passed";
}

TEST_F(ForgingWithKeys, AnswersWithoutASealKeepNobodyAlive) {
  replace_by_forger(without_seal);
  expect_removed();
  EXPECT_GT(counted(BUDDYRING_DROP_UNSEALED), 0U);
}

TEST_F(ForgingWithKeys, AnswersUnderAStrangeKeyKeepNobodyAlive) {
  replace_by_forger(with_strange_seal);
  expect_removed();
  EXPECT_GT(counted(BUDDYRING_DROP_BAD_SEAL), 0U);
}

TEST_F(ForgingWithKeysIpv6, AnswersUnderAStrangeKeyKeepNobodyAlive) {
  replace_by_forger(with_strange_seal);
  expect_removed();
  EXPECT_GT(counted(BUDDYRING_DROP_BAD_SEAL), 0U);
}

class ProbeKeysOfAPool : public MessageTest {
 protected:
  explicit ProbeKeysOfAPool(Family family = Family::ipv4) : MessageTest(settings_of(key_1, family, "10ms")) {}

  // Each server goes on with these keys, one after the other.
  void upgrade_all(const std::string& keys) {
    for (const auto& server : all) {
      pool[server].settings().key_file = key_file(keys);
      pool[server].upgrade();
    }
    EXPECT_EQ(pool.settle(all), "") << "with\n" << keys;
  }
  // Until each of a server's buddies has answered what was asked under key `id`.
  [[nodiscard]] bool is_answered_under(const std::string& server, uint8_t id) {
    return lab::wait_until(
        [&] {
          const PinnedMaps maps = maps_of(pool, server);
          return std::ranges::all_of(all, [&](const std::string& other) {
            const auto seen = sight(maps, other);
            return !seen || std::ranges::any_of(seen->flight, [&](const buddyring_flight& flight) {
              return flight.key == id && flight.number != 0 && flight.arrived_ns != 0;
            });
          });
        },
        event_timeout);
  }
  void expect_exchanged_in_place() {
    const auto accept = [](std::string line) { return line.replace(line.find("sign"), 4, "accept"); };
    add_servers(4);
    const auto incarnations = pool.incarnations();
    for (const std::string& step : {key_1 + accept(key_2), accept(key_1) + key_2, key_2}) {
      upgrade_all(step);
    }
    EXPECT_EQ(pool.incarnations(), incarnations) << "somebody left the ring or was taken out of it";
    for (const auto& server : all) {
      EXPECT_TRUE(is_answered_under(server, 2)) << server;
      EXPECT_EQ(refused_by_keys(maps_of(pool, server)), 0U) << server;
    }
  }
};

struct ProbeKeysOfAnIpv6Pool : ProbeKeysOfAPool {
  ProbeKeysOfAnIpv6Pool() : ProbeKeysOfAPool(Family::ipv6) {}
};

TEST_F(ProbeKeysOfAPool, AreExchangedWithoutLeaving) { expect_exchanged_in_place(); }
TEST_F(ProbeKeysOfAnIpv6Pool, AreExchangedWithoutLeaving) { expect_exchanged_in_place(); }

TEST_F(ProbeKeysOfAPool, TheFirstIsTakenUpWithoutLeaving) {
  const auto accept = [](std::string line) { return line.replace(line.find("sign"), 4, "accept"); };
  all = {"s1", "s2", "s3"};
  for (const auto& server : all) {
    pool.prepare(server).settings().key_file = "";
    pool[server].start();
  }
  ASSERT_EQ(pool.settle(all), "");
  const auto incarnations = pool.incarnations();
  for (const std::string& step : {"0 sign\n" + accept(key_1), "0 accept\n" + key_1, key_1}) {
    upgrade_all(step);
  }
  EXPECT_EQ(pool.incarnations(), incarnations);
  for (const auto& server : all) {
    EXPECT_TRUE(is_answered_under(server, 1)) << server;
    EXPECT_EQ(refused_by_keys(maps_of(pool, server)), 0U) << server;
  }
}

TEST_F(ProbeKeysOfAPool, WhoDoesNotHaveThemIsNotTakenForAlive) {
  add_servers(4);
  const Instant since = monotonic_now();
  pool["s2"].settings().key_file = key_file(strange_key_1);
  pool["s2"].upgrade();
  ASSERT_TRUE(pool["s2"].wait_event("removed", since, event_timeout));
  EXPECT_GT(maps_of(pool, "s2").verdicts.at(BUDDYRING_PASS_BAD_SEAL), 0U);

  // With the key it is one of them again.
  static_cast<void>(pool["s2"].stop());
  pool["s2"].settings().key_file = key_file(key_1);
  pool["s2"].start();
  EXPECT_EQ(pool.settle(all), "");
}

}  // namespace
}  // namespace buddyring::e2e
