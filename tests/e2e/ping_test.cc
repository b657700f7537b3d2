// SPDX-License-Identifier: Apache-2.0
// `buddyctl ping` in a real network: who answers, what is counted, and by whom
// it was stamped. How long it takes is nobody's promise here.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "shared_lab.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using lab::Completed;
using Json = nlohmann::json;

constexpr const char* nobody = "10.77.254.254";  // in the lab's network, but no host's

class Ping : public PoolTest {
 protected:
  // From a host of its own, as fast as may be.
  Completed ping(lab::Host& from, std::vector<std::string> words) {
    words.insert(words.begin(), {SharedLab::get().program("buddyctl"), "ping", "--interval=10ms"});
    return run_to_end(from.inside(), {.argv = std::move(words)});
  }
  Json ping_json(lab::Host& from, std::vector<std::string> words, int status) {
    words.emplace_back("--json");
    const Completed done = ping(from, std::move(words));
    EXPECT_EQ(done.exit, (lab::Exit{.code = status, .signal = 0})) << done.out << done.err;
    return Json::parse(done.out);
  }
  static void expect_all_answered(const Json& host, uint64_t count) {
    EXPECT_EQ(host.at("xmt"), count);
    EXPECT_EQ(host.at("rcv"), count) << host.dump();
    EXPECT_EQ(host.at("stamps").at("departure").at("kernel"), count) << host.dump();
    EXPECT_EQ(host.at("stamps").at("arrival").at("kernel"), count) << host.dump();
    uint64_t in_histogram = 0;
    for (const Json& bucket : host.at("histogram")) {
      EXPECT_EQ(bucket.at("to_ns"), 2 * bucket.at("from_ns").get<uint64_t>());
      in_histogram += bucket.at("count").get<uint64_t>();
    }
    EXPECT_EQ(in_histogram, count);
    const Json& rtt = host.at("rtt");
    EXPECT_GT(rtt.at("min_ns"), 0U);
    EXPECT_LE(rtt.at("min_ns"), rtt.at("p50_ns"));
    EXPECT_LE(rtt.at("p50_ns"), rtt.at("p99_ns"));
    EXPECT_LE(rtt.at("p99_ns"), rtt.at("max_ns"));
    EXPECT_EQ(host.at("errors"), Json::array());
  }

  // Usable at once, without a look for others that have it.
  static void add_v6(lab::Host& host, const std::string& address) {
    host.run([] { lab::write_file("/proc/sys/net/ipv6/conf/eth0/disable_ipv6", "0"); });
    lab::ip_batch(host.inside(), "address add " + address + "/64 dev eth0 nodad\n");
  }

  lab::Host& client = SharedLab::get().client();
};

TEST_F(Ping, ReachesHostsWithAndWithoutTheProgramByTheKernelsStamps) {
  add_servers(2);
  const std::string member = pool["s1"].address();
  const std::string other = SharedLab::get().router().address();
  const Json document = ping_json(client, {"--count=5", member, other}, 0);
  ASSERT_EQ(document.at("hosts").size(), 2U);
  EXPECT_EQ(document.at("hosts")[0].at("address"), member);
  EXPECT_EQ(document.at("hosts")[0].at("replies").size(), 5U);
  EXPECT_EQ(document.at("hosts")[0].at("replies")[4].at("departure"), "kernel");
  expect_all_answered(document.at("hosts")[0], 5);
  expect_all_answered(document.at("hosts")[1], 5);
}

TEST_F(Ping, OfABuddyIsAnsweredByItsProgram) {
  add_servers(2);
  const auto answered = [&] {
    const Completed status = SharedLab::get().buddyctl({"status", "--json", "--pool=" + pool.name(), "--server=s1"});
    return Json::parse(status.out).at("packets").at("answered_plain").get<uint64_t>();
  };
  const uint64_t before = answered();
  // As long as a probe, which it is not.
  const Json document = ping_json(pool["s2"].host(), {"--count=5", "--size=64", pool["s1"].address()}, 0);
  expect_all_answered(document.at("hosts")[0], 5);
  EXPECT_EQ(answered(), before + 5);
}

TEST_F(Ping, ReachesIPv6Hosts) {
  const auto from = SharedLab::get().new_host("from");
  const auto other = SharedLab::get().new_host("to");
  add_v6(*from, "fd00:77::c");
  add_v6(*other, "fd00:77::d");
  // A neighbour that was just made known may have to be asked for twice, a second apart.
  const Json document = ping_json(*from, {"--count=3", "--timeout=10s", "-6", "fd00:77::d"}, 0);
  EXPECT_EQ(document.at("hosts")[0].at("address"), "fd00:77::d");
  expect_all_answered(document.at("hosts")[0], 3);
}

TEST_F(Ping, RequestsLongerThanAFrameAreAnswered) {
  const Json document = ping_json(client, {"--count=3", "--size=4000", SharedLab::get().router().address()}, 0);
  expect_all_answered(document.at("hosts")[0], 3);
}

TEST_F(Ping, WhatGetsLostIsCountedAndSomeMissingHasAStatus) {
  const auto silent = SharedLab::get().new_host("ping");
  auto& network = SharedLab::get().network();
  network.lose(silent->address(), client.address(), 1);
  const std::string other = SharedLab::get().router().address();
  const Json document = ping_json(client, {"--count=3", "--timeout=50ms", silent->address(), other}, 1);
  network.lose(silent->address(), client.address(), 0);
  EXPECT_EQ(document.at("hosts")[0].at("xmt"), 3);
  EXPECT_EQ(document.at("hosts")[0].at("rcv"), 0);
  EXPECT_EQ(document.at("hosts")[0].at("loss_percent"), 100.0);
  EXPECT_TRUE(document.at("hosts")[0].at("rtt").is_null());
  EXPECT_FALSE(document.at("hosts")[0].at("reachable"));
  expect_all_answered(document.at("hosts")[1], 3);
}

// The client's own kernel gives up looking for its MAC, and says so into the error queue.
TEST_F(Ping, WhyAHostCannotBeReachedIsTold) {
  const Json document = ping_json(client, {"--count=1", "--timeout=6s", nobody}, 1);
  const Json& errors = document.at("hosts")[0].at("errors");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_NE(errors[0].at("message").get<std::string>().find("No route to host"), std::string::npos) << errors.dump();
  EXPECT_EQ(errors[0].at("count"), 1);
}

TEST_F(Ping, WhereThereIsNoRouteNothingIsSent) {
  const Json document = ping_json(client, {"--count=2", "--timeout=10ms", "192.0.2.1"}, 1);
  EXPECT_EQ(document.at("hosts")[0].at("errors")[0].at("message"), "not sent: Network is unreachable");
  EXPECT_EQ(document.at("hosts")[0].at("errors")[0].at("count"), 2);
}

TEST_F(Ping, AnUnknownHostHasAStatusAndTheOthersAreStillAsked) {
  const Json document = ping_json(client, {"--count=2", "no-such-host.invalid", client.address()}, 2);
  EXPECT_EQ(document.at("not_found")[0].at("name"), "no-such-host.invalid");
  expect_all_answered(document.at("hosts")[0], 2);
}

TEST_F(Ping, BadUsageHasFpingsStatus) {
  const lab::Exit usage{.code = 3, .signal = 0};
  EXPECT_EQ(ping(client, {}).exit, usage);
  EXPECT_EQ(ping(client, {"--count=0", nobody}).exit, usage);
  EXPECT_EQ(ping(client, {"--size=15", nobody}).exit, usage);
  EXPECT_EQ(ping(client, {"-4", "-6", nobody}).exit, usage);
  EXPECT_EQ(ping(client, {"--cuont=3", nobody}).exit, usage);
}

TEST_F(Ping, ItsLinesAreFpings) {
  const std::string other = SharedLab::get().router().address();
  const Completed lines = ping(client, {"-c", "2", other});
  EXPECT_TRUE(lines.out.starts_with(other + " : [0], 64 bytes, ")) << lines.out;
  EXPECT_NE(lines.out.find(", 0% loss) [kernel, kernel]\n"), std::string::npos) << lines.out;
  const std::string summary = other + " : xmt/rcv/%loss = 2/2/0%, min/avg/max = ";
  EXPECT_NE(lines.out.find("\n\n" + summary), std::string::npos) << lines.out;
  const Completed quiet = ping(client, {"-c", "2", "-q", other});
  EXPECT_TRUE(quiet.out.starts_with(summary)) << quiet.out;
  EXPECT_NE(quiet.out.find(", p50/p99 = "), std::string::npos) << quiet.out;
}

// The datagram socket of whoever may not open a raw one.
TEST_F(Ping, WorksWithoutCapabilitiesWhereTheSystemAllowsIt) {
  const auto from = SharedLab::get().new_host("plain");
  const std::vector<std::string> plain{
      "setpriv",   "--bounding-set=-all", SharedLab::get().program("buddyctl"), "ping", "--json", "--interval=10ms",
      "--count=3", client.address()};
  const Completed refused = run_to_end(from->inside(), {.argv = plain});
  EXPECT_EQ(refused.exit, (lab::Exit{.code = 4, .signal = 0})) << refused.err;
  EXPECT_NE(refused.err.find("net.ipv4.ping_group_range"), std::string::npos) << refused.err;
  from->run([] { lab::write_file("/proc/sys/net/ipv4/ping_group_range", "0 0"); });
  const Completed allowed = run_to_end(from->inside(), {.argv = plain});
  ASSERT_EQ(allowed.exit, ended_well) << allowed.err;
  expect_all_answered(Json::parse(allowed.out).at("hosts")[0], 3);
}

// Somebody who looks is answered with the summary of what there was.
TEST_F(Ping, AnInterruptEndsItWithItsSummary) {
  lab::Process process(client.inside(), {.argv = {SharedLab::get().program("buddyctl"), "ping", "--count=1000",
                                                  "--interval=50ms", client.address()}});
  ASSERT_TRUE(lab::wait_until([&] { return process.out().find("[1], ") != std::string::npos; }, event_timeout));
  process.signal(SIGINT);
  const auto exit = process.wait_exit(event_timeout);
  ASSERT_TRUE(exit);
  EXPECT_EQ(*exit, ended_well);
  ASSERT_TRUE(
      lab::wait_until([&] { return process.out().find("xmt/rcv/%loss = ") != std::string::npos; }, event_timeout));
  EXPECT_EQ(process.out().find("1000/"), std::string::npos);
}

}  // namespace
}  // namespace buddyring::e2e
