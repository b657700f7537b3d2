// SPDX-License-Identifier: Apache-2.0
// buddyctl haproxy-sync beside a real HAProxy: whom its clients are sent to.
#include "tests/lab/haproxy.h"

#include <gtest/gtest.h>

#include <csignal>
#include <map>
#include <nlohmann/json.hpp>

#include "ctl/haproxy_plan.h"
#include "ctl/haproxy_socket.h"
#include "shared_lab.h"
#include "tests/lab/http.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using lab::Haproxy;
using Json = nlohmann::json;

constexpr uint16_t clients_port = 8100;
constexpr uint16_t origin_port = 9191;

class HaproxySync : public PoolTest {
 protected:
  // An HAProxy with that many slots on the router's host.
  Haproxy proxy(unsigned slots) {
    return {SharedLab::get(), SharedLab::get().router(), pool.name() + ".proxy",
            lab::haproxy_slots(clients_port, slots)};
  }
  lab::Command command(const Haproxy& proxy) {
    return lab::haproxy_sync(SharedLab::get(), pool.name(), proxy.socket(), origin_port);
  }
  std::set<std::string> addresses(const std::set<std::string>& servers) {
    std::set<std::string> found;
    for (const auto& server : servers) {
      found.insert(pool[server].address());
    }
    return found;
  }
  // True as soon as it serves by exactly these.
  bool serves(const Haproxy& proxy, const std::set<std::string>& servers) {
    const auto expected = addresses(servers);
    return lab::wait_until([&] { return proxy.serving("web") == expected; }, event_timeout);
  }
  static bool listens(const Haproxy& proxy) {
    return lab::wait_until([&] { return HaproxySocket(proxy.socket()).ask("show info").ok(); }, event_timeout);
  }
  // Who answers a client of the proxy; "" when nobody does.
  static std::string ask() {
    const Endpoint at{.address = Address::parse(SharedLab::get().router().address()).value(), .port = clients_port};
    const auto response = lab::http_get(SharedLab::get().client(), at, "/");
    return response && response->status == 200 ? response->body : "";
  }
  static std::set<std::string> ask_often() {
    std::set<std::string> answered;
    for (int number = 0; number < 40; ++number) {
      answered.insert(ask());
    }
    return answered;
  }
  lab::Completed once(const Haproxy& proxy, const std::vector<std::string>& more) {
    lab::Command once = command(proxy);
    once.argv.emplace_back("--once");
    once.argv.insert(once.argv.end(), more.begin(), more.end());
    return lab::run_to_end(SharedLab::get().router().inside(), once);
  }
};

TEST_F(HaproxySync, TheDeadLeaveAndTheNewEnter) {
  add_servers(3);
  std::vector<std::unique_ptr<Haproxy>> origins;
  const auto add_origin = [&](const std::string& server) {
    origins.push_back(std::make_unique<Haproxy>(SharedLab::get(), pool[server].host(),
                                                pool.name() + "." + server + ".origin",
                                                lab::haproxy_origin(origin_port, server)));
    EXPECT_TRUE(listens(*origins.back()));
  };
  for (const auto& server : all) {
    add_origin(server);
  }
  const Haproxy haproxy = proxy(8);
  lab::Process sync(SharedLab::get().router().inside(), command(haproxy));
  ASSERT_TRUE(serves(haproxy, all)) << sync.err();
  EXPECT_EQ(ask_often(), all);

  pool["s2"].host().cut();
  ASSERT_TRUE(serves(haproxy, {"s1", "s3"})) << sync.err();
  EXPECT_EQ(ask_often(), (std::set<std::string>{"s1", "s3"}));

  pool.add("s4");
  add_origin("s4");
  ASSERT_TRUE(serves(haproxy, {"s1", "s3", "s4"})) << sync.err();
  EXPECT_EQ(ask_often(), (std::set<std::string>{"s1", "s3", "s4"}));

  pool["s2"].host().mend();
  ASSERT_TRUE(serves(haproxy, {"s1", "s2", "s3", "s4"})) << sync.err();
  sync.signal(SIGTERM);
  EXPECT_EQ(sync.wait_exit(event_timeout), ended_well);
}

TEST_F(HaproxySync, AnHaproxyThatIsStartedAnewIsFilledAgain) {
  add_servers(2);
  Haproxy haproxy = proxy(4);
  lab::Process sync(SharedLab::get().router().inside(), command(haproxy));
  ASSERT_TRUE(serves(haproxy, all)) << sync.err();
  haproxy.start_anew();
  EXPECT_TRUE(serves(haproxy, all)) << sync.err();
  // Also while the table is away: by what was last read of it.
  SharedLab::get().stop_registry();
  const auto lost = sync.wait_event(
      [](const lab::Event& event) { return event.name == "registry" && event.value("state") == "lost"; },
      event_timeout);
  EXPECT_TRUE(lost);
  haproxy.start_anew();
  EXPECT_TRUE(serves(haproxy, all)) << sync.err();
  SharedLab::get().start_registry();
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(HaproxySync, WhatSomebodyElseChangedIsPutRight) {
  add_servers(2);
  const Haproxy haproxy = proxy(4);
  const lab::Process sync(SharedLab::get().router().inside(), command(haproxy));
  ASSERT_TRUE(serves(haproxy, all));
  const HaproxySocket socket(haproxy.socket());
  EXPECT_TRUE(socket
                  .tell({"set server web/web1 state maint", "set server web/web4 addr 10.77.99.99 port 1",
                         "set server web/web4 state ready"})
                  .ok());
  EXPECT_TRUE(serves(haproxy, all));
}

TEST_F(HaproxySync, ADrainedServerGetsNoOtherClients) {
  add_servers(2);
  const Haproxy haproxy = proxy(4);
  lab::Process sync(SharedLab::get().router().inside(), command(haproxy));
  ASSERT_TRUE(serves(haproxy, all)) << sync.err();
  const auto order = [&](const char* what) {
    return SharedLab::get().buddyctl({what, "s2", "--pool=" + pool.name()}).exit;
  };
  ASSERT_EQ(order("drain"), ended_well);
  EXPECT_TRUE(serves(haproxy, {"s1"})) << sync.err();
  EXPECT_EQ(haproxy.draining("web"), addresses({"s2"}));
  ASSERT_EQ(order("undrain"), ended_well);
  EXPECT_TRUE(serves(haproxy, all)) << sync.err();
}

TEST_F(HaproxySync, ASlotHasItsServersWeight) {
  add_servers(2);
  Haproxy haproxy = proxy(4);
  lab::Process sync(SharedLab::get().router().inside(), command(haproxy));
  ASSERT_TRUE(serves(haproxy, all)) << sync.err();
  const auto weight = [&](const char* percent) {
    return SharedLab::get().buddyctl({"weight", "s2", percent, "--pool=" + pool.name()}).exit;
  };
  // Of those that serve, by address.
  const auto weights = [&] {
    const auto said = HaproxySocket(haproxy.socket()).ask("show servers state web");
    const auto slots = said ? parse_servers_state(said.value(), "web") : said.error();
    std::map<std::string, unsigned> found;
    for (const HaproxySlot& slot : slots ? slots.value() : std::vector<HaproxySlot>{}) {
      if (slot.state == SlotState::serving) {
        found[slot.address] = slot.weight;
      }
    }
    return found;
  };
  const auto becomes = [&](unsigned first, unsigned second) {
    const std::map<std::string, unsigned> expected{{pool["s1"].address(), first}, {pool["s2"].address(), second}};
    return lab::wait_until([&] { return weights() == expected; }, event_timeout);
  };
  EXPECT_TRUE(becomes(1, 1)) << "as configured";
  ASSERT_EQ(weight("20"), ended_well);
  EXPECT_TRUE(becomes(100, 20)) << sync.err();
  haproxy.start_anew();
  EXPECT_TRUE(becomes(100, 20)) << sync.err();
  ASSERT_EQ(weight("100"), ended_well);
  EXPECT_TRUE(becomes(1, 1)) << sync.err();
}

TEST_F(HaproxySync, SaysWhoHasNoSlot) {
  add_servers(3);
  const Haproxy haproxy = proxy(2);
  ASSERT_TRUE(listens(haproxy));
  const lab::Completed done = once(haproxy, {"--json"});
  EXPECT_EQ(done.exit.code, 1);
  const Json result = Json::parse(done.out);
  EXPECT_EQ(result.at("slots"), 2);
  EXPECT_EQ(result.at("serving"), 2);
  EXPECT_EQ(result.at("added"), 2);
  ASSERT_EQ(result.at("left_out").size(), 1U);
  lab::Process sync(SharedLab::get().router().inside(), command(haproxy));
  const auto warned =
      sync.wait_event([](const lab::Event& event) { return event.name == "slots_short"; }, event_timeout);
  ASSERT_TRUE(warned);
  EXPECT_EQ(warned->value("left_out"), "1");
  EXPECT_EQ(warned->value("first"), result.at("left_out")[0]);
}

TEST_F(HaproxySync, NamesWhatIsWrongAndTheCure) {
  add_servers(1);
  const Haproxy haproxy = proxy(2);
  ASSERT_TRUE(listens(haproxy));
  struct Wrong {
    std::vector<std::string> options;
    std::string named;
  };
  for (const Wrong& wrong :
       {Wrong{{"--backend=nobody"}, "nobody"}, Wrong{{"--haproxy-socket=/nowhere/haproxy.sock"}, "stats socket"},
        Wrong{{"--pool=misspelt"}, "ever announced"}, Wrong{{"--target-port=0"}, "--target-port"},
        Wrong{{"--backend=web;shutdown"}, "--backend"}}) {
    lab::Command command = this->command(haproxy);
    command.argv.emplace_back("--once");
    for (const std::string& option : wrong.options) {
      const std::string name = option.substr(0, option.find('=') + 1);
      std::erase_if(command.argv, [&](const std::string& word) { return word.starts_with(name); });
      command.argv.push_back(option);
    }
    const lab::Completed done = lab::run_to_end(SharedLab::get().router().inside(), command);
    EXPECT_NE(done.exit.code, 0) << wrong.named;
    EXPECT_NE(done.err.find(wrong.named), std::string::npos) << done.err;
  }
  EXPECT_EQ(haproxy.serving("web"), std::set<std::string>{});
}

}  // namespace
}  // namespace buddyring::e2e
