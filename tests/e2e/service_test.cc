// SPDX-License-Identifier: Apache-2.0
// Agents that stand for a service: what becomes of the server when that goes.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "posix/clock.h"
#include "shared_lab.h"

namespace buddyring::e2e {
namespace {

class Service : public PoolTest {
 protected:
  Service() : PoolTest({.interval = "100ms"}) {}

  // Something that runs on the host of `agent` until it is killed.
  static std::unique_ptr<lab::Process> serve(lab::Agent& agent) {
    return std::make_unique<lab::Process>(agent.host().inside(), lab::Command{.argv = {"sleep", "3600"}});
  }
  void start(lab::Agent& agent) {
    agent.start();
    all.insert(agent.server());
    ASSERT_EQ(pool.settle(all), "");
  }
};

TEST_F(Service, ThatIsKilledTakesItsServerOutAtOnceAndForGood) {
  add_servers(3);
  lab::Agent& agent = pool.prepare("s4");
  const auto service = serve(agent);
  agent.settings().options = {"--watch-pid=" + std::to_string(service->pid())};
  start(agent);

  const Instant killed = monotonic_now();
  service->signal(SIGKILL);
  const auto gone = agent.wait_event("service", killed, event_timeout);
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->value("state"), "gone");
  const auto deleted = agent.wait_event("deleted", killed, event_timeout);
  ASSERT_TRUE(deleted);
  RecordProperty("removed_after_us", static_cast<int>((instant_from_ns(deleted->ts_ns) - killed).count() / 1000));
  all.erase("s4");
  ASSERT_EQ(pool.settle(all), "");
  EXPECT_TRUE(pool.events("verdict").empty()) << "it took itself out, nobody had to";
  // The time in which it would come back.
  EXPECT_FALSE(agent.wait_event("announced", killed, std::chrono::seconds{2}));
  const auto status = SharedLab::get().buddyctl({"status", "--pool=" + pool.name(), "--server=s4"});
  EXPECT_NE(status.out.find("gone"), std::string::npos) << status.out << status.err;
  EXPECT_EQ(agent.stop(), ended_well);
}

TEST_F(Service, ThatDiesWhileTheAgentHangsIsFoundByTheBuddiesBeforeTheLeaseRunsOut) {
  add_servers(3);
  lab::Agent& agent = pool.prepare("s4");
  const auto service = serve(agent);
  agent.settings().options = {"--watch-pid=" + std::to_string(service->pid())};
  agent.settings().lease = "300s";
  start(agent);
  agent.process().signal(SIGSTOP);
  service->signal(SIGKILL);
  all.erase("s4");
  EXPECT_EQ(pool.settle(all), "");
  agent.process().signal(SIGCONT);
}

TEST_F(Service, ThatIsNotThereIsRefused) {
  lab::Agent& agent = pool.prepare("s1");
  const auto service = serve(agent);
  const std::string pid = std::to_string(service->pid());
  service->signal(SIGKILL);
  ASSERT_TRUE(service->wait_exit(event_timeout));
  agent.settings().options = {"--watch-pid=" + pid};
  const auto done = lab::run_to_end(agent.host().inside(), agent.command());
  EXPECT_EQ(done.exit.code, 1);
  EXPECT_NE(done.err.find("--watch-pid"), std::string::npos) << done.err;
}

// systemd's part is played by a program that reads the main process from a file.
class Unit : public Service {
 protected:
  Unit() : folder_(SharedLab::get().directory() + "/" + pool.name()) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ + "/systemctl") << "#!/bin/sh\nexec cat " << folder_ << "/$5\n";
    ::chmod((folder_ + "/systemctl").c_str(), 0755);
  }
  void set_main_process(pid_t pid) {
    std::ofstream(folder_ + "/next") << pid << "\n";
    std::filesystem::rename(folder_ + "/next", folder_ + "/web.service");
  }
  void use(lab::Agent& agent) {
    agent.settings().options = {"--watch-unit=web.service"};
    agent.settings().through = {"env", "PATH=" + folder_ + ":/usr/bin:/bin"};
  }

 private:
  std::string folder_;
};

TEST_F(Unit, ThatIsRestartedTakesItsServerOutAndBringsItBack) {
  add_servers(3);
  lab::Agent& agent = pool.prepare("s4");
  auto service = serve(agent);
  set_main_process(service->pid());
  use(agent);
  start(agent);

  const Instant killed = monotonic_now();
  set_main_process(0);
  service->signal(SIGKILL);
  all.erase("s4");
  ASSERT_EQ(pool.settle(all), "");
  service = serve(agent);
  set_main_process(service->pid());
  ASSERT_TRUE(agent.wait_event("announced", killed, event_timeout));
  all.insert("s4");
  ASSERT_EQ(pool.settle(all), "");
  // And the next one is watched like the first.
  set_main_process(0);
  service->signal(SIGKILL);
  all.erase("s4");
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Unit, IsRefusedWhereThereIsNoSystemdAndWhereItDoesNotRun) {
  lab::Agent& agent = pool.prepare("s1");
  set_main_process(0);
  use(agent);
  const auto idle = lab::run_to_end(agent.host().inside(), agent.command());
  EXPECT_EQ(idle.exit.code, 1);
  EXPECT_NE(idle.err.find("no main process"), std::string::npos) << idle.err;
  agent.settings().through = {"env", "PATH=/nonexistent"};
  auto command = agent.command();
  const auto none = lab::run_to_end(agent.host().inside(), command);
  EXPECT_EQ(none.exit.code, 1);
  EXPECT_NE(none.err.find("needs systemd"), std::string::npos) << none.err;
}

}  // namespace
}  // namespace buddyring::e2e
