// SPDX-License-Identifier: Apache-2.0
// Agents that tell a command and a FIFO of what happens, and what neither can do to them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "posix/fd.h"
#include "shared_lab.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using Json = nlohmann::ordered_json;

class Notify : public PoolTest {
 protected:
  Notify() : PoolTest({.interval = "50ms"}), folder_(SharedLab::get().directory() + "/" + pool.name()) {
    std::filesystem::create_directories(folder_);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_ + "/" + name; }

  // s4, told so, in a ring of four.
  lab::Agent& start_s4(std::vector<std::string> options) {
    add_servers(3);
    lab::Agent& agent = pool.prepare("s4");
    agent.settings().options = std::move(options);
    agent.start();
    all.insert("s4");
    EXPECT_EQ(pool.settle(all), "");
    return agent;
  }
  // A buddy of s4 dies, and s4 has another one; the dead one's name.
  std::string kill_a_buddy(lab::Agent& agent) {
    const std::string victim = agent.own_list().value().a;
    pool[victim].host().cut();
    all.erase(victim);
    EXPECT_EQ(pool.settle(all), "");
    return victim;
  }
  static std::vector<Json> lines_in(const std::string& path) {
    std::ifstream in(path);
    std::vector<Json> all;
    for (std::string line; std::getline(in, line);) {
      all.push_back(Json::parse(line));
    }
    return all;
  }
  // With a `buddy`, of that one.
  static bool holds(const std::vector<Json>& lines, const std::string& event, const std::string& buddy = "") {
    return std::ranges::any_of(
        lines, [&](const Json& line) { return line["event"] == event && line.value("buddy", "") == buddy; });
  }
  static bool ends_with(const std::vector<Json>& lines, const std::string& event) {
    return !lines.empty() && lines.back()["event"] == event;
  }

 private:
  std::string folder_;
};

TEST_F(Notify, TheCommandGetsEveryEventInItsOrder) {
  lab::Agent& agent = start_s4({"--notify=cat >> " + file("told")});
  kill_a_buddy(agent);
  EXPECT_EQ(agent.stop(), ended_well);
  const auto told = lines_in(file("told"));
  ASSERT_FALSE(told.empty());
  for (size_t i = 0; i < told.size(); ++i) {
    EXPECT_EQ(told[i]["number"], i + 1);
    EXPECT_EQ(told[i]["pool"], pool.name());
    EXPECT_EQ(told[i]["server"], "s4");
    EXPECT_GT(told[i]["realtime_ns"].get<uint64_t>(), 0U);
  }
  EXPECT_EQ(told.front()["event"], "registry_reached");
  EXPECT_TRUE(holds(told, "joined"));
  EXPECT_TRUE(holds(told, "replaced"));
  EXPECT_TRUE(ends_with(told, "left")) << "those of the end are told before the agent goes";
}

TEST_F(Notify, OneOfTheBuddiesTellsOfTheDeath) {
  for (const char* server : {"s1", "s2", "s3", "s4"}) {
    lab::Agent& agent = pool.prepare(server);
    agent.settings().options = {"--notify=cat >> " + file("all")};
    agent.start();
    all.insert(server);
    ASSERT_EQ(pool.settle(all), "");
  }
  const std::string victim = kill_a_buddy(pool["s4"]);
  EXPECT_TRUE(lab::wait_until([&] { return holds(lines_in(file("all")), "dead", victim); }, event_timeout));
}

TEST_F(Notify, TheFifoHoldsLinesUntilSomebodyReads) {
  lab::Agent& agent = start_s4({"--notify-fifo=" + file("fifo")});
  kill_a_buddy(agent);
  const Fd reader{::open(file("fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  ASSERT_TRUE(reader.valid());
  EXPECT_EQ(agent.stop(), ended_well);
  std::string text(65536, '\0');
  const ssize_t size = ::read(reader.get(), text.data(), text.size());
  ASSERT_GT(size, 0);
  text.resize(static_cast<size_t>(size));
  std::ofstream(file("told")) << text;
  const auto told = lines_in(file("told"));
  EXPECT_TRUE(holds(told, "joined"));
  EXPECT_TRUE(holds(told, "replaced"));
  EXPECT_TRUE(ends_with(told, "left"));
}

// It never ends of itself: verdicts and the agent's own end go on without it.
TEST_F(Notify, ACommandThatHangsHoldsNothing) {
  lab::Agent& agent = start_s4({"--notify=echo $$ > " + file("pid") + "; exec tail -f /dev/null"});
  pid_t pid = 0;
  ASSERT_TRUE(lab::wait_until([&] { return static_cast<bool>(std::ifstream(file("pid")) >> pid); }, event_timeout));
  kill_a_buddy(agent);
  EXPECT_EQ(agent.stop(), ended_well);
  EXPECT_EQ(agent.events("notify").back().value("state"), "ended");
  EXPECT_TRUE(lab::wait_until([pid] { return ::kill(pid, 0) != 0; }, event_timeout)) << "it went with the agent";
}

TEST_F(Notify, AFullFifoDropsAndSaysSo) {
  ASSERT_EQ(::mkfifo(file("fifo").c_str(), 0600), 0);
  const Fd full{::open(file("fifo").c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)};
  const std::string filler(4096, 'x');
  while (::write(full.get(), filler.data(), filler.size()) > 0) {
  }
  lab::Agent& agent = start_s4({"--notify-fifo=" + file("fifo")});
  ASSERT_TRUE(agent.wait_event("notify", {}, event_timeout));
  EXPECT_EQ(agent.events("notify").front().value("state"), "dropping");
  EXPECT_EQ(agent.events("notify").front().value("receiver"), "fifo");
  std::string text(65536, '\0');
  ASSERT_GT(::read(full.get(), text.data(), text.size()), 0);
  kill_a_buddy(agent);
  EXPECT_TRUE(agent.process().wait_event(
      [](const lab::Event& event) { return event.name == "notify" && event.value("state") == "caught_up"; },
      event_timeout));
}

TEST_F(Notify, WhatIsNoFifoIsRefused) {
  lab::Agent& agent = pool.prepare("s1");
  std::ofstream(file("plain")) << "kept\n";
  agent.settings().options = {"--notify-fifo=" + file("plain")};
  const auto done = lab::run_to_end(agent.host().inside(), agent.command());
  EXPECT_EQ(done.exit.code, 1);
  EXPECT_NE(done.err.find("--notify-fifo"), std::string::npos) << done.err;
  EXPECT_EQ(std::filesystem::file_size(file("plain")), 5U);
}

}  // namespace
}  // namespace buddyring::e2e
