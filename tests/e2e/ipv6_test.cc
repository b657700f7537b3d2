// SPDX-License-Identifier: Apache-2.0
// A pool of servers that have IPv6 addresses and no others: what is found, what
// clients and operators see, and what differs from IPv4 at the start of an agent.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "posix/clock.h"
#include "shared_lab.h"
#include "tests/lab/asker.h"
#include "tests/lab/http.h"
#include "tests/lab/router.h"
#include "tests/lab/sandbox.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using lab::Completed;
using lab::Family;
using Json = nlohmann::json;

class Ipv6 : public PoolTest {
 protected:
  explicit Ipv6(const std::string& interval = "10ms") : PoolTest({.interval = interval, .family = Family::ipv6}) {}

  Json ctl(const std::vector<std::string>& words) {
    std::vector<std::string> arguments = words;
    arguments.push_back("--pool=" + pool.name());
    arguments.emplace_back("--json");
    const Completed completed = SharedLab::get().buddyctl(arguments, Family::ipv6);
    EXPECT_EQ(completed.exit, ended_well) << completed.out << completed.err;
    return Json::parse(completed.out);
  }

  // From now on the kernel asks the link about each new address of that host.
  static void ask_about_new_addresses(lab::Host& host) {
    host.run([] { lab::write_file("/proc/sys/net/ipv6/conf/eth0/accept_dad", "1"); });
  }

  // The refusal of an agent that is not to start; with the address that is given instead of its own.
  static std::string refusal(lab::Agent& agent, const std::string& address) {
    lab::Command command = agent.command();
    for (std::string& argument : command.argv) {
      argument = argument.starts_with("--address=") ? "--address=" + address : argument;
    }
    const Completed completed = run_to_end(agent.host().inside(), command);
    EXPECT_GT(completed.exit.code, 0) << completed.err;
    return completed.err;
  }
};

TEST_F(Ipv6, ADeathByACutLinkIsFoundAndHealed) {
  add_servers(5);
  const lab::Ring before = pool.ring();
  const Instant since = pool["s3"].host().cut().before;
  all.erase("s3");
  ASSERT_EQ(pool.settle(all), "");

  EXPECT_EQ(pool.ring(), before.without("s3"));
  EXPECT_FALSE(pool.events("verdict", "buddy", "s3").empty());
  EXPECT_EQ(pool.events("verdict").size(), pool.events("verdict", "buddy", "s3").size());
  EXPECT_TRUE(pool["s3"].events("verdict").empty()) << "whose own link is down must not accuse";

  pool["s3"].host().mend();
  ASSERT_TRUE(pool["s3"].wait_event("announced", since, event_timeout));
  all.insert("s3");
  EXPECT_EQ(pool.settle(all), "") << "it lives, so it comes back";
}

TEST_F(Ipv6, AKilledAgentAndAStoppedOneAreOutOfTheRing) {
  add_servers(5);
  const Instant killed = pool["s2"].kill().before;
  EXPECT_TRUE(pool.first_event("answers_as", "buddy", "s2", killed)) << "the stock kernel answers its probes";
  EXPECT_EQ(pool["s4"].stop(), ended_well);
  all.erase("s2");
  all.erase("s4");
  EXPECT_EQ(pool.settle(all), "");
  EXPECT_TRUE(pool.events("verdict", "buddy", "s4").empty());
  EXPECT_TRUE(pool.events("route").empty());
}

TEST_F(Ipv6, TheRouterSendsClientsToLiveServersOnly) {
  add_servers(4);
  lab::Router router(SharedLab::get(), pool.name(), {}, Family::ipv6);
  const auto response = lab::http_get(SharedLab::get().client(), router.endpoint(), "/a?b=[::1]");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 307);
  const std::string location = response->headers.at("location");
  EXPECT_EQ(location,
            "http://[" + lab::host_of_url(location) + "]:" + std::to_string(lab::Router::target_port) + "/a?b=[::1]");

  lab::Asker asker(SharedLab::get().client(), router.endpoint());
  const std::string dead = pool["s2"].address();
  ASSERT_TRUE(lab::wait_until([&] { return asker.sent_to(dead, Instant{}) > 0; }, event_timeout));
  const auto gone = router.wait_gone("s2", pool["s2"].host().cut().before);
  ASSERT_TRUE(gone);
  const Instant learnt = instant_from_ns(gone->ts_ns);
  ASSERT_TRUE(lab::wait_until([&] { return asker.sent_to(pool["s1"].address(), learnt) >= 50; }, event_timeout));
  EXPECT_EQ(asker.sent_to(dead, learnt), 0U);
}

TEST_F(Ipv6, ToolsShowAndTellItsServers) {
  add_servers(4);
  const Json status = ctl({"status", "--server=s2"});
  EXPECT_EQ(status.at("address"), pool["s2"].address());
  EXPECT_EQ(status.at("links").at(0).at("xdp_mode"), "native");
  for (const auto& buddy : status.at("buddies")) {
    EXPECT_EQ(buddy.at("address"), pool[buddy.at("server")].address());
  }
  for (const auto& server : ctl({"ring"}).at("servers")) {
    EXPECT_EQ(server.at("address"), pool[server.at("name")].address());
  }
  const Json pick = ctl({"pick"});
  EXPECT_EQ(pick.at("address"), pool[pick.at("name")].address());

  // Its buddies are told over IPv6, or buddyctl would end with another status.
  pool["s3"].process().signal(SIGSTOP);
  EXPECT_EQ(ctl({"remove", "s3", "--yes"}).at("buddies").size(), 2U);
  all.erase("s3");
  EXPECT_EQ(pool.settle(all), "");
}

// The kernel asks for a neighbour's MAC by multicast, and what it is told comes in
// ICMPv6: both have to pass our program.
TEST_F(Ipv6, ForgottenNeighboursAreFoundAgainAndNobodyIsAccused) {
  add_servers(3);
  for (const std::string& server : all) {
    lab::NamespaceThread& inside = pool[server].host().inside();
    lab::ip_batch(inside, "neigh flush dev eth0\n");
    const auto knows = [&](const std::string& other) {
      const Completed shown =
          run_to_end(inside, {.argv = {"ip", "-6", "neigh", "show", "dev", "eth0", pool[other].address()}});
      return shown.out.find("lladdr") != std::string::npos;
    };
    for (const std::string& other : all) {
      EXPECT_TRUE(other == server || lab::wait_until([&] { return knows(other); }, event_timeout)) << other;
    }
  }
  EXPECT_TRUE(pool.events("verdict").empty());
  EXPECT_EQ(pool.settle(all), "");
}

class Ipv6Slowly : public Ipv6 {
 protected:
  Ipv6Slowly() : Ipv6("200ms") {}
};

// No probe to it can leave any more, and no socket is told why.
TEST_F(Ipv6Slowly, ADeadNeighbourThatDoesNotResolveIsSilent) {
  add_servers(4);
  const auto [a, b] = pool.ring().servers.at("s2");
  const Instant since = pool["s2"].host().cut().before;
  for (const std::string& judge : {a, b}) {
    lab::ip_batch(pool[judge].host().inside(), "neigh flush dev eth0\n");
  }
  all.erase("s2");
  EXPECT_EQ(pool.settle(all), "");
  for (const std::string& judge : {a, b}) {
    EXPECT_TRUE(pool[judge].wait_event("verdict", since, event_timeout)) << judge;
  }
}

TEST_F(Ipv6, AServerWhoseAddressIsTakenAwayComesBackWhenItIsUsableAgain) {
  add_servers(4);
  const std::string address = lab::with_prefix(pool["s2"].address());
  ask_about_new_addresses(pool["s2"].host());
  lab::ip_batch(pool["s2"].host().inside(), "addr del " + address + " dev eth0\n");
  auto others = all;
  others.erase("s2");
  ASSERT_EQ(pool.settle(others), "");
  EXPECT_TRUE(pool["s2"].events("verdict").empty()) << "it accused somebody";
  lab::ip_batch(pool["s2"].host().inside(), "addr add " + address + " dev eth0\n");
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Ipv6, AStartWaitsForAnAddressThatIsStillTentative) {
  lab::Agent& agent = pool.prepare("s1");
  ask_about_new_addresses(agent.host());
  const std::string address = lab::with_prefix(agent.address());
  lab::ip_batch(agent.host().inside(), "addr del " + address + " dev eth0\naddr add " + address + " dev eth0\n");
  agent.start();
  EXPECT_EQ(pool.settle({"s1"}), "");
}

TEST_F(Ipv6, AnAddressThatAnotherHostHasIsRefused) {
  add_servers(1);
  lab::Agent& agent = pool.prepare("s2");
  ask_about_new_addresses(agent.host());
  lab::ip_batch(agent.host().inside(), "addr add " + lab::with_prefix(pool["s1"].address()) + " dev eth0\n");
  const std::string line = refusal(agent, pool["s1"].address());
  EXPECT_NE(line.find("duplicate"), std::string::npos) << line;
  EXPECT_EQ(agent.attached(), "");
}

TEST_F(Ipv6, AnAddressThatIsOfNoUseToOthersIsRefused) {
  lab::Agent& agent = pool.prepare("s1");
  const std::pair<const char*, const char*> cases[] = {
      {"::1", "loopback"},       {"::", "no host's"},           {"ff02::1", "multicast"},  {"fe80::1", "link-local"},
      {"fe80::1%eth0", "no IP"}, {"::ffff:10.77.0.1", "no IP"}, {"127.0.0.1", "loopback"}, {"2001:db8::99", "not on"}};
  for (const auto& [address, why] : cases) {
    const std::string line = refusal(agent, address);
    EXPECT_NE(line.find("'" + std::string(address) + "'"), std::string::npos) << line;
    EXPECT_NE(line.find(why), std::string::npos) << line;
  }
}

TEST_F(Ipv6, AnInterfaceAloneGivesItsLastingAddress) {
  lab::Agent& agent = pool.prepare("s1");
  // Its link-local address is there as well, and one that is on its way out.
  lab::ip_batch(agent.host().inside(), "addr add 2001:db8::9999/64 dev eth0 nodad preferred_lft 0\n");
  lab::Command command = agent.command();
  std::erase_if(command.argv, [](const std::string& argument) { return argument.starts_with("--address="); });
  lab::Process process(agent.host().inside(), command);
  const auto started =
      process.wait_event([](const lab::Event& event) { return event.name == "started"; }, event_timeout);
  ASSERT_TRUE(started) << process.err();
  EXPECT_EQ(started->value("address"), agent.address());
}

// Servers of two families could never probe each other.
TEST_F(Ipv6, APoolOfTheOtherFamilyIsRefused) {
  add_servers(2);
  lab::Agent stranger(SharedLab::get(), pool.name(), "s9", {});
  const Completed completed = run_to_end(stranger.host().inside(), stranger.command());
  EXPECT_GT(completed.exit.code, 0);
  EXPECT_NE(completed.err.find("this pool's servers have IPv6 addresses"), std::string::npos) << completed.err;
  EXPECT_EQ(stranger.attached(), "");
  EXPECT_EQ(pool.settle(all), "");
}

}  // namespace
}  // namespace buddyring::e2e
