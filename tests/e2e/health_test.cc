// SPDX-License-Identifier: Apache-2.0
// Agents that look whether their service is well: what becomes of the server when it
// is not, and of the commands that are run for it.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <regex>

#include "posix/clock.h"
#include "posix/socket_address.h"
#include "shared_lab.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

class Health : public PoolTest {
 protected:
  explicit Health(lab::Family family = lab::Family::ipv4)
      : PoolTest({.interval = "50ms", .family = family}), folder_(SharedLab::get().directory() + "/" + pool.name()) {
    std::filesystem::create_directories(folder_);
  }

  // Something that takes connections on the host of `agent`, as long as it is held.
  static Fd listen_on(lab::Agent& agent, const Endpoint& endpoint) {
    return agent.host().inside().run([&] {
      const SocketAddress at(endpoint);
      Fd socket{::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)};
      const int yes = 1;
      ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
      EXPECT_EQ(::bind(socket.get(), at.get(), at.size()), 0);
      EXPECT_EQ(::listen(socket.get(), 64), 0);
      return socket;
    });
  }
  // A file that commands can look for.
  [[nodiscard]] std::string file(const std::string& name) const { return folder_ + "/" + name; }
  void make(const std::string& name) const { std::ofstream(file(name)) << "\n"; }
  [[nodiscard]] size_t lines_of(const std::string& name) const {
    std::ifstream in(file(name));
    return static_cast<size_t>(std::count(std::istreambuf_iterator<char>(in), {}, '\n'));
  }
  void expect_state(lab::Agent& agent, const std::string& state, Instant since) {
    const auto told = agent.process().wait_event(
        [&](const lab::Event& event) {
          return event.name == "service" && event.value("state") == state && event.ts_ns >= to_ns(since);
        },
        event_timeout);
    ASSERT_TRUE(told) << state << "\n" << agent.process().err();
  }
  static void set_checks(lab::Agent& agent, std::vector<std::string> options) {
    options.insert(options.end(), {"--check-interval=50ms", "--check-timeout=200ms"});
    agent.settings().options = std::move(options);
  }

 private:
  std::string folder_;
};

class TcpHealth : public Health, public testing::WithParamInterface<const char*> {
 protected:
  TcpHealth() : Health(GetParam()[0] == '[' ? lab::Family::ipv6 : lab::Family::ipv4) {}
};

TEST_P(TcpHealth, BringsItsServerInAndOutAndBack) {
  add_servers(3);
  const Endpoint endpoint = *parse_endpoint(GetParam());
  lab::Agent& agent = pool.prepare("s4");
  set_checks(agent, {std::string("--watch-tcp=") + GetParam()});
  // A start without its service waits, and does not fail.
  agent.launch();
  expect_state(agent, "awaited", {});
  ASSERT_TRUE(agent.wait_event("started", {}, event_timeout));
  EXPECT_EQ(pool.settle(all), "");
  EXPECT_TRUE(agent.events("announced").empty());

  Fd service = listen_on(agent, endpoint);
  ASSERT_TRUE(agent.wait_event("announced", {}, event_timeout)) << agent.process().err();
  all.insert("s4");
  ASSERT_EQ(pool.settle(all), "");
  const uint64_t incarnation = pool.incarnations().at("s4");

  const Instant ended = monotonic_now();
  service.reset();
  expect_state(agent, "gone", ended);
  all.erase("s4");
  ASSERT_EQ(pool.settle(all), "");
  EXPECT_TRUE(pool.events("verdict").empty()) << "it took itself out, nobody had to";

  service = listen_on(agent, endpoint);
  ASSERT_TRUE(agent.wait_event("announced", ended, event_timeout)) << agent.process().err();
  all.insert("s4");
  ASSERT_EQ(pool.settle(all), "");
  EXPECT_GT(pool.incarnations().at("s4"), incarnation);
  EXPECT_EQ(agent.stop(), ended_well);
}

INSTANTIATE_TEST_SUITE_P(Each, TcpHealth, testing::Values("127.0.0.1:8080", "[::1]:8080"),
                         [](const auto& case_info) { return case_info.param[0] == '[' ? "IPv6" : "IPv4"; });

TEST_F(Health, IsCountedInARow) {
  add_servers(3);
  lab::Agent& agent = pool.prepare("s4");
  // It fails every other time, and that is never twice in a row.
  const std::string toggle = "if [ -e " + file("odd") + " ]; then rm " + file("odd") + "; else >" + file("odd") +
                             "; fi; echo >>" + file("runs") + "; test -e " + file("odd") + " -o -e " + file("well");
  set_checks(agent, {"--watch-exec=" + toggle, "--fall=2", "--rise=2"});
  agent.start();
  all.insert("s4");
  ASSERT_EQ(pool.settle(all), "");
  ASSERT_TRUE(lab::wait_until([&] { return lines_of("runs") > 20; }, event_timeout));
  EXPECT_EQ(agent.events("service").size(), 2U) << "awaited, runs, and no more: " << agent.process().err();
  EXPECT_EQ(pool.settle(all), "");
}

// How many processes have exactly this command line.
size_t running(const std::string& wanted) {
  size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream in(entry.path() / "cmdline");
    const std::string line((std::istreambuf_iterator<char>(in)), {});
    found += line == wanted ? 1 : 0;
  }
  return found;
}

TEST_F(Health, OfACommandThatHangsIsFailureAndItsWholeGroupIsKilled) {
  add_servers(3);
  lab::Agent& agent = pool.prepare("s4");
  // No other process of this machine looks at nothing so seldom.
  const std::string hang = "tail -f -s 4815162 /dev/null";
  set_checks(agent, {"--watch-exec=test ! -e " + file("hang") + " || { echo >>" + file("hung") + "; " + hang + " & " +
                     hang + "; }"});
  agent.start();
  all.insert("s4");
  ASSERT_EQ(pool.settle(all), "");
  const Instant hung = monotonic_now();
  make("hang");
  expect_state(agent, "gone", hung);
  EXPECT_GE(lines_of("hung"), 3U);
  all.erase("s4");
  ASSERT_EQ(pool.settle(all), "");
  std::filesystem::remove(file("hang"));
  ASSERT_TRUE(agent.wait_event("announced", hung, event_timeout)) << agent.process().err();
  all.insert("s4");
  ASSERT_EQ(pool.settle(all), "");
  EXPECT_TRUE(lab::wait_until(
      [] {
        return running(std::string("tail\0-f\0-s\0"
                                   "4815162\0/dev/null\0",
                                   29)) == 0;
      },
      event_timeout));
  // And collected: none of its children is a zombie for longer than a moment.
  const std::string children =
      "/proc/" + std::to_string(agent.process().pid()) + "/task/" + std::to_string(agent.process().pid()) + "/children";
  EXPECT_TRUE(lab::wait_until(
      [&] {
        std::ifstream in(children);
        return std::string((std::istreambuf_iterator<char>(in)), {}).empty();
      },
      event_timeout));
}

// Neither descriptors nor a signal mask nor ignored signals of the agent's.
TEST_F(Health, OfACommandGetsNothingOfTheAgents) {
  add_servers(2);
  lab::Agent& agent = pool.prepare("s3");
  set_checks(agent, {"--watch-exec=exec cat /proc/self/status >" + file("status") + "; exit 1",
                     "--watch-exec=ls /proc/self/fd >" + file("fds")});
  agent.launch();
  ASSERT_TRUE(lab::wait_until([&] { return lines_of("fds") > 0 && lines_of("status") > 0; }, event_timeout));
  EXPECT_EQ(agent.stop(), ended_well);
  // Its own three, and what ls reads.
  EXPECT_EQ(lines_of("fds"), 4U);
  std::ifstream in(file("status"));
  const std::string status((std::istreambuf_iterator<char>(in)), {});
  EXPECT_NE(status.find("SigBlk:\t0000000000000000"), std::string::npos) << status;
  // But for the C library's own two, which are no signals of ours.
  EXPECT_TRUE(std::regex_search(status, std::regex("SigIgn:\t0000000[01]80000000|SigIgn:\t0{16}"))) << status;
}

TEST_F(Health, IsNotAwaitedByAnAgentThatTakesOver) {
  add_servers(3);
  lab::Agent& agent = pool.prepare("s4");
  agent.settings().options = {"--watch-exec=test -e " + file("well"), "--check-interval=300ms", "--fall=100"};
  make("well");
  agent.start();
  all.insert("s4");
  ASSERT_EQ(pool.settle(all), "");
  const uint64_t incarnation = pool.incarnations().at("s4");
  std::filesystem::remove(file("well"));
  agent.upgrade();
  ASSERT_EQ(pool.settle(all), "");
  EXPECT_EQ(pool.incarnations().at("s4"), incarnation) << "nobody noticed";
  EXPECT_EQ(agent.events("service").size(), 2U) << "of the first alone: awaited, runs";
}

}  // namespace
}  // namespace buddyring::e2e
