// SPDX-License-Identifier: Apache-2.0
// A server with two network cards, of which one is cut off, taken away, or used by somebody else, too.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "kernel/pin_directory.h"
#include "kernel/pinned_maps.h"
#include "posix/clock.h"
#include "shared_lab.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

class Links : public PoolTest {
 protected:
  Links() {
    add_servers(3);
    lab::Agent& agent = pool.prepare("s4");
    agent.host().add_card();
    agent.settings().options = {"--interface=eth1"};
  }
  void join() {
    pool["s4"].start();
    all.insert("s4");
    EXPECT_EQ(pool.settle(all), "");
  }
  void delete_link(const std::string& interface) {
    const Instant since = monotonic_now();
    lab::ip_batch(pool["s4"].host().inside(), "link del " + interface + "\n");
    const auto told = pool["s4"].wait_event("kernel", since, event_timeout);
    ASSERT_TRUE(told);
    EXPECT_NE(told->value("warning").find(interface + " is gone"), std::string::npos) << told->value("warning");
  }
  // Of the answers to s4's probes.
  uint64_t answers() {
    const auto pinned = read_pinned(pool["s4"].settings().pin_root, pin_directory_name(pool.name(), "s4"));
    uint64_t count = 0;
    for (size_t slot = 0; pinned && slot < BUDDYRING_MAX_PEERS; ++slot) {
      count += pinned.value().peer_state[slot].sighting[BUDDYRING_LIVE].count;
    }
    return count;
  }
  // Nobody was deleted in the time of many detections since, and s4 hears its buddies.
  void expect_all_stay() {
    std::map<std::string, uint64_t> ticks;
    const uint64_t answered = answers();
    for (const std::string& server : all) {
      ticks[server] = pool[server].report().ticks;
    }
    for (const std::string& server : all) {
      const uint64_t enough = ticks.at(server) + 300;
      EXPECT_TRUE(lab::wait_until([&] { return pool[server].report().ticks > enough; }, event_timeout)) << server;
    }
    EXPECT_EQ(pool.settle(all), "");
    EXPECT_TRUE(lab::wait_until([&] { return answers() > answered + 300; }, event_timeout));
    EXPECT_TRUE(pool.events("deleted").empty());
    EXPECT_TRUE(pool["s4"].events("removed").empty());
    EXPECT_TRUE(pool.events("verdict", "buddy", "s4").empty());
  }
};

TEST_F(Links, AServerGoesOnByTheLinkThatIsLeft) {
  join();
  pool["s4"].host().cut();
  EXPECT_TRUE(lab::wait_until([&] { return pool["s4"].report().link[0].carrier == 0; }, event_timeout));
  expect_all_stay();
  EXPECT_EQ(pool["s4"].report().carrier, 1U);
  EXPECT_EQ(pool["s4"].report().link[1].carrier, 1U);
  EXPECT_TRUE(pool["s4"].events("carrier").empty());
  pool["s4"].host().mend();
  EXPECT_TRUE(lab::wait_until([&] { return pool["s4"].report().link[0].carrier == 1; }, event_timeout));
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Links, AnInterfaceThatIsGoneIsToldOfAndTheRestGoesOn) {
  join();
  delete_link("eth1");
  expect_all_stay();
  EXPECT_EQ(pool["s4"].stop(), ended_well);
  EXPECT_EQ(pool["s4"].attached(), "");
}

TEST_F(Links, ALinkThatComesAndGoesAccusesNobody) {
  join();
  for (int i = 0; i < 10; ++i) {
    pool["s4"].host().cut();
    pool["s4"].host().mend();
  }
  expect_all_stay();
  EXPECT_TRUE(lab::wait_until([&] { return pool["s4"].report().link[0].carrier == 1; }, event_timeout));
  EXPECT_TRUE(pool["s4"].events("carrier").empty());
}

// As behind routers: the address is no link's, so that it stays when a link goes.
TEST_F(Links, AnAddressOnLoOutlivesALink) {
  const std::string address = pool["s4"].address();
  lab::ip_batch(pool["s4"].host().inside(), "addr del " + lab::with_prefix(address) + " dev eth0\naddr add " + address +
                                                "/32 dev lo\nroute add 10.77.0.0/16 dev eth0 src " + address +
                                                "\nroute replace 10.77.0.0/16 dev eth1 src " + address +
                                                " metric 100\n");
  join();
  delete_link("eth0");
  expect_all_stay();
  EXPECT_EQ(pool["s4"].stop(), ended_well);
}

TEST_F(Links, WhereSomebodyHasTheXdpSlotOfOneTheJudgeIsBehindItThere) {
  lab::NamespaceThread& inside = pool["s4"].host().inside();
  lab::ip_batch(inside, "link set dev eth1 xdp obj " + SharedLab::get().bpf_object("lossy") + " sec xdp\n");
  join();
  EXPECT_EQ(pool["s4"].events("started").front().value("xdp"), "native, tc");
  pool["s4"].host().cut();
  expect_all_stay();
  pool["s4"].host().mend();
  EXPECT_EQ(pool.settle(all), "");
  pool["s4"].upgrade();
  EXPECT_EQ(pool["s4"].report().link[0].attachment, BUDDYRING_ATTACHED_NATIVE);
  EXPECT_EQ(pool["s4"].report().link[1].attachment, BUDDYRING_ATTACHED_TC);
  EXPECT_EQ(pool["s4"].stop(), ended_well);
  const std::string card = run_to_end(inside, {.argv = {"ip", "-details", "link", "show", "eth1"}}).out;
  EXPECT_NE(card.find("lossy"), std::string::npos) << "the occupant was replaced or taken away: " << card;
}

TEST_F(Links, TheNextAgentTakesBothOver) {
  join();
  pool["s4"].upgrade();
  EXPECT_EQ(pool.settle(all), "");
  EXPECT_NE(pool["s4"].report().link[1].ifindex, 0U);
  EXPECT_TRUE(pool.events("suspect").empty());
}

}  // namespace
}  // namespace buddyring::e2e
