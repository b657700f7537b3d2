// SPDX-License-Identifier: Apache-2.0
// Pools that probe over UDP: where ICMP is filtered, beside servers that still use
// ICMP, and where another program has the port.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "posix/fd.h"
#include "posix/socket_address.h"
#include "shared_lab.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using lab::Family;
using Json = nlohmann::json;

const std::vector<std::string> over_udp{"--probe=udp", "--probe-port=4711"};
const std::vector<std::string> over_icmp{"--probe=icmp", "--probe-port=4711"};

class Udp : public PoolTest, public testing::WithParamInterface<Family> {
 protected:
  Udp() : PoolTest({.interval = "10ms", .family = GetParam(), .options = over_udp}) {}

  // Starts an agent on a host behind a filter of ICMP.
  void add_filtered(const std::string& server) {
    lab::Agent& agent = pool.prepare(server);
    agent.host().filter_echo();
    agent.start();
    all.insert(server);
  }
  int lost_pings(const std::string& from, const std::string& to) {
    const lab::Completed done =
        run_to_end(pool[from].host().inside(), {.argv = {SharedLab::get().program("buddyctl"), "ping", "--json",
                                                         "--count=1", "--timeout=200ms", pool[to].address()}});
    return Json::parse(done.out).at("hosts").at(0).at("xmt").get<int>() -
           Json::parse(done.out).at("hosts").at(0).at("rcv").get<int>();
  }
  Json status(const std::string& server) {
    const lab::Completed done =
        SharedLab::get().buddyctl({"status", "--json", "--pool=" + pool.name(), "--server=" + server});
    EXPECT_EQ(done.exit, ended_well) << done.err;
    return Json::parse(done.out);
  }
};

std::string family_name(const testing::TestParamInfo<Family>& tested) {
  return tested.param == Family::ipv4 ? "Ipv4" : "Ipv6";
}

INSTANTIATE_TEST_SUITE_P(Each, Udp, testing::Values(Family::ipv4, Family::ipv6), family_name);

TEST_P(Udp, ADeathIsFoundWhereIcmpIsFiltered) {
  for (const char* server : {"s1", "s2", "s3", "s4", "s5"}) {
    add_filtered(server);
  }
  ASSERT_EQ(pool.settle(all), "");
  EXPECT_EQ(lost_pings("s1", "s2"), 1) << "ICMP is not filtered";
  const Json before = status("s1");
  EXPECT_EQ(before.at("probe"), "udp");
  EXPECT_EQ(before.at("probe_port"), 4711);
  EXPECT_GT(before.at("packets").at("answered_probe"), 0U);
  EXPECT_GT(before.at("packets").at("arrived"), 0U);

  pool["s3"].host().cut();
  all.erase("s3");
  EXPECT_EQ(pool.settle(all), "");
  EXPECT_EQ(pool.events("verdict").size(), pool.events("verdict", "buddy", "s3").size());
}

TEST_P(Udp, APoolIsChangedOverServerByServer) {
  for (const char* server : {"s1", "s2", "s3", "s4"}) {
    pool.prepare(server).settings().options = over_icmp;
    pool[server].start();
    all.insert(server);
  }
  ASSERT_EQ(pool.settle(all), "");
  for (const char* server : {"s1", "s3"}) {
    pool[server].settings().options = over_udp;
    pool[server].upgrade();
    ASSERT_EQ(pool.settle(all), "");
    EXPECT_EQ(status(server).at("probe"), "udp");
  }
  EXPECT_EQ(status("s2").at("probe"), "icmp");
  EXPECT_TRUE(pool.events("verdict").empty());

  pool["s4"].host().cut();
  all.erase("s4");
  EXPECT_EQ(pool.settle(all), "");
  EXPECT_EQ(pool.events("verdict").size(), pool.events("verdict", "buddy", "s4").size());
}

TEST_P(Udp, APortThatIsTakenIsNamed) {
  lab::Agent& agent = pool.prepare("s1");
  const SocketAddress place({Address::parse(agent.address()).value(), 4711});
  const Fd taken = agent.host().run([&] {
    Fd socket{::socket(place.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    EXPECT_EQ(::bind(socket.get(), place.get(), place.size()), 0);
    return socket;
  });
  const lab::Completed refused = run_to_end(agent.host().inside(), agent.command());
  EXPECT_EQ(refused.exit, (lab::Exit{.code = 1, .signal = 0}));
  EXPECT_NE(refused.err.find("4711"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("--probe-port"), std::string::npos) << refused.err;
  EXPECT_EQ(agent.attached(), "");
}

}  // namespace
}  // namespace buddyring::e2e
