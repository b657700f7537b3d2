// SPDX-License-Identifier: Apache-2.0
// SIGHUP and buddyctl reload: what changes while an agent runs, without a probe lost; what is
// refused, and what needs a restart. And buddyctl upgrade, which hands over.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "ctl/exit_status.h"
#include "message_test.h"
#include "posix/clock.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using Json = nlohmann::json;

// Each agent has a file of settings of its own, and nothing of these on its command line. So many
// misses that no agent is suspected on a slow machine, either.
class Reload : public PoolTest {
 protected:
  Reload()
      : PoolTest({.interval = "", .misses = 0, .lease = ""}),
        folder_(SharedLab::get().directory() + "/" + pool.name()) {
    std::filesystem::create_directories(folder_);
  }

  [[nodiscard]] std::string file(const std::string& name) const { return folder_ + "/" + name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name)) << text;
    std::filesystem::permissions(file(name), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  void configure(const std::string& server, const std::string& text) const {
    write(server + ".conf", "key-file = " + file(server + ".keys") + "\n" + text);
  }
  void begin(const std::string& server, const std::string& text) {
    lab::Agent& agent = pool.prepare(server);
    write(server + ".keys", key_1);
    configure(server, text);
    agent.settings().options = {"--config=" + file(server + ".conf")};
    agent.start();
    all.insert(server);
  }
  Json ctl(std::vector<std::string> words, ExitStatus status = ExitStatus::ok) {
    words.push_back("--pool=" + pool.name());
    words.emplace_back("--json");
    const lab::Completed done = SharedLab::get().buddyctl(words);
    EXPECT_EQ(done.exit, (lab::Exit{.code = static_cast<int>(status), .signal = 0})) << done.out << done.err;
    return Json::parse(done.out);
  }
  Json reload(const std::string& server) { return ctl({"reload", "--server=" + server}); }
  // Probes of the agent that left and were not answered live.
  int64_t unanswered(const std::string& server) {
    int64_t count = 0;
    const Json status = ctl({"status", "--server=" + server});
    for (const Json& buddy : status.at("buddies")) {
      count += buddy.at("departures").get<int64_t>() - buddy.at("answers").at("live").get<int64_t>();
    }
    return count;
  }
  void wait_for_ticks(const std::string& server, uint64_t count) {
    const uint64_t before = pool[server].report().ticks;
    EXPECT_TRUE(
        lab::wait_until([&] { return pool[server].report().ticks >= before + count; }, std::chrono::seconds{60}));
  }

 private:
  std::string folder_;
};

TEST_F(Reload, ChangesWhatCanBeChangedAndLosesNoProbe) {
  for (const char* const server : {"s1", "s2", "s3"}) {
    begin(server, "interval = 100ms\nmisses = 30\n");
  }
  ASSERT_EQ(pool.settle(all), "");
  ASSERT_TRUE(lab::wait_until([&] { return pool["s2"].hears_its_buddies(); }, event_timeout));
  const pid_t process = pool["s2"].process().pid();
  const auto incarnations = pool.incarnations();
  const int64_t lost = unanswered("s2");
  wait_for_ticks("s2", 10);

  write("here", "");
  configure("s2",
            "interval = 50ms\nmisses = 40\nlog-level = debug\nzone = x\nwatch-exec = test -e " + file("here") + "\n");
  const Json said = reload("s2");
  EXPECT_EQ(said.at("changed"),
            Json::array({"interval 100ms -> 50ms", "log-level default -> debug", "misses 30 -> 40", "watch-exec"}));
  EXPECT_EQ(said.at("needs_restart"), Json::array({"zone"}));
  wait_for_ticks("s2", 40);
  const buddyring_report report = pool["s2"].report();
  EXPECT_EQ(report.interval_ns, 50'000'000U);
  EXPECT_EQ(report.misses, 40U);
  EXPECT_TRUE(pool["s2"].wait_event("service", Instant{}, event_timeout)) << "the new watch is told of";

  // The keys are exchanged in three steps, each on all of them.
  const std::string both = key_1 + "2 accept" + key_2.substr(key_2.find(' ', 2));
  const std::string turned = "1 accept" + key_1.substr(key_1.find(' ', 2)) + key_2;
  for (const std::string& keys : {both, turned, key_2}) {
    for (const std::string& server : all) {
      write(server + ".keys", keys);
      EXPECT_EQ(reload(server).at("changed"), Json::array({"key-file"}));
    }
    for (const std::string& server : all) {
      wait_for_ticks(server, 10);
    }
  }
  EXPECT_NEAR(static_cast<double>(unanswered("s2") - lost), 0, 4) << "but for those under way at the two looks";
  EXPECT_TRUE(pool.events("suspect").empty());
  EXPECT_EQ(pool["s2"].process().pid(), process);
  EXPECT_EQ(pool.incarnations(), incarnations) << "nobody was announced anew";

  // What was not changed is named again, and nothing else.
  const Json again = reload("s2");
  EXPECT_EQ(again.at("changed"), Json::array());
  EXPECT_EQ(again.at("needs_restart"), Json::array({"zone"}));
  // The ring lives by the new settings: messages are sealed with the new key, and deaths are found.
  pool["s3"].host().cut();
  all.erase("s3");
  EXPECT_EQ(pool.settle(all, std::chrono::seconds{60}), "");
}

TEST_F(Reload, RefusesABadFileAndChangesNothing) {
  begin("s1", "interval = 100ms\n");
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {"interval = 5\nmisses = 9\n", "the unit is missing"},
           {"interval = 10ms\nmisses = 1\n", "--misses '1' is not acceptable; give a number from 2 to 100"},
           {"misses = 9\nintervall = 10ms\n", "the nearest is interval"},
           {"interval = 10ms\nlease = 10ms\n", "--lease"},
           {"interval = 10ms\nwatch-tcp = nowhere\n", "--watch-tcp 'nowhere'"}}) {
    configure("s1", text);
    const Json refused = ctl({"reload"}, ExitStatus::failure);
    const auto message = refused.at("error").at("message").get<std::string>();
    EXPECT_NE(message.find("nothing was changed"), std::string::npos) << message;
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  std::filesystem::remove(file("s1.conf"));
  EXPECT_NE(ctl({"reload"}, ExitStatus::failure).at("error").at("message").get<std::string>().find("s1.conf"),
            std::string::npos);
  EXPECT_EQ(pool["s1"].events("reload_refused").size(), 6U);
  EXPECT_EQ(pool["s1"].report().interval_ns, 100'000'000U);
  EXPECT_EQ(pool["s1"].report().misses, 3U);
  configure("s1", "interval = 20ms\n");
  EXPECT_EQ(reload("s1").at("changed"), Json::array({"interval 100ms -> 20ms"})) << "it goes on listening";
}

TEST_F(Reload, OfWatchesKeepsWhatTheyKnowAndDropsThoseThatAreLeftOut) {
  write("here", "");
  const std::string there = "watch-exec = test -e " + file("here") + "\ncheck-interval = 50ms\n";
  begin("s1", "interval = 100ms\nmisses = 30\n");
  begin("s2", "interval = 100ms\nmisses = 30\n" + there);
  ASSERT_EQ(pool.settle(all), "");
  const auto incarnations = pool.incarnations();
  // One more that hangs, is given up with its child, and does not count.
  configure("s2", "interval = 100ms\nmisses = 30\n" + there + "watch-exec = tail -f /dev/null\ncheck-timeout = 100s\n");
  EXPECT_EQ(reload("s2").at("changed"), Json::array({"check-timeout default -> 100s", "watch-exec"}));
  wait_for_ticks("s2", 10);
  EXPECT_EQ(pool.incarnations(), incarnations);
  configure("s2", "interval = 100ms\nmisses = 30\n" + there);
  static_cast<void>(reload("s2"));
  wait_for_ticks("s2", 10);
  EXPECT_EQ(pool.incarnations(), incarnations);
  // The one that stayed still counts; left out, it holds the server up no longer.
  std::filesystem::remove(file("here"));
  EXPECT_EQ(pool.settle({"s1"}), "");
  configure("s2", "interval = 100ms\nmisses = 30\n");
  static_cast<void>(reload("s2"));
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Reload, ByTheSignalAloneIsLogged) {
  begin("s1", "interval = 100ms\n");
  configure("s1", "interval = 30ms\n");
  pool["s1"].process().signal(SIGHUP);
  const auto told = pool["s1"].wait_event("reloaded", Instant{}, event_timeout);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->value("changed"), "interval 100ms -> 30ms");
}

TEST_F(Reload, IsNotToldToWhoIsNotThere) {
  begin("s1", "interval = 100ms\n");
  pool["s1"].kill();
  static_cast<void>(ctl({"reload"}, ExitStatus::not_found));
  static_cast<void>(ctl({"upgrade"}, ExitStatus::not_found));
}

TEST_F(Reload, IsNoUpgradeWhichHandsOver) {
  begin("s1", "interval = 100ms\n");
  begin("s2", "interval = 100ms\n");
  ASSERT_EQ(pool.settle(all), "");
  const auto incarnations = pool.incarnations();
  lab::Process upgrade(
      SharedLab::get().client().inside(),
      {.argv = {SharedLab::get().program("buddyctl"), "upgrade", "--server=s2", "--json", "--pool=" + pool.name()}});
  ASSERT_EQ(pool["s2"].process().wait_exit(event_timeout), ended_well);
  pool["s2"].launch();
  EXPECT_EQ(upgrade.wait_exit(event_timeout), ended_well) << upgrade.err();
  const Json said = Json::parse(upgrade.out());
  EXPECT_TRUE(said.at("resumed"));
  EXPECT_EQ(said.at("pid"), pool["s2"].process().pid());
  EXPECT_EQ(pool.incarnations(), incarnations);
}

}  // namespace
}  // namespace buddyring::e2e
