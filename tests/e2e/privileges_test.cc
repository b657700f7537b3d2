// SPDX-License-Identifier: Apache-2.0
// What agents may do once they run, and whole lives of agents that are not root:
// docs/privileges.md.
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "posix/clock.h"
#include "shared_lab.h"

namespace buddyring::e2e {
namespace {

namespace fs = std::filesystem;

// No user of any machine that this runs on.
constexpr uid_t user = 47'110;
constexpr uint64_t net_admin = uint64_t{1} << CAP_NET_ADMIN;
constexpr uint64_t granted =
    net_admin | uint64_t{1} << CAP_BPF | uint64_t{1} << CAP_NET_RAW | uint64_t{1} << CAP_PERFMON;

using Status = std::map<std::string, std::string>;

// The lines of a /proc/.../status.
Status status_in(const fs::path& path) {
  Status status;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const size_t colon = line.find(':');
    const size_t value = line.find_first_not_of("\t ", colon + 1);
    status[line.substr(0, colon)] = value == std::string::npos ? "" : line.substr(value);
  }
  return status;
}

uint64_t set_of(const Status& status, const std::string& name) {
  return std::stoull("0x0" + (status.contains(name) ? status.at(name) : "0"), nullptr, 16);
}

class Privileges : public PoolTest {
 protected:
  explicit Privileges(lab::AgentSettings settings = {}) : PoolTest(std::move(settings)) {}

  static void expect_dropped(lab::Agent& agent, uint64_t bounding) {
    const fs::path tasks = "/proc/" + std::to_string(agent.process().pid()) + "/task";
    size_t workers = 0;
    for (const auto& task : fs::directory_iterator(tasks)) {
      const Status status = status_in(task.path() / "status");
      const bool first = task.path().filename() == std::to_string(agent.process().pid());
      SCOPED_TRACE(agent.server() + (first ? ", first thread" : ", thread " + status.at("Name")));
      // The kernel's own threads for io_uring are as the one whose ring it is.
      const bool as_first = first || status.at("Name").starts_with("iou-");
      workers += as_first ? 0 : 1;
      EXPECT_EQ(set_of(status, "CapEff"), as_first ? net_admin : 0);
      EXPECT_EQ(set_of(status, "CapPrm"), as_first ? net_admin : 0);
      EXPECT_EQ(set_of(status, "CapInh"), 0U);
      EXPECT_EQ(set_of(status, "CapAmb"), 0U);
      EXPECT_EQ(set_of(status, "CapBnd"), bounding);
      EXPECT_EQ(status.at("NoNewPrivs"), "1");
    }
    EXPECT_EQ(workers, 1U);
  }

  // Has the agent run a command that shows what it has, and checks that this is nothing.
  void expect_children_have_none(lab::Agent& agent) {
    const std::string file = folder() + "/status";
    const auto before = agent.settings().options;
    agent.settings().options.push_back("--watch-exec=cat /proc/self/status >" + file + ".new && mv " + file + ".new " +
                                       file);
    agent.start();
    const Status status = status_in(file);
    ASSERT_FALSE(status.empty());
    for (const char* set : {"CapEff", "CapPrm", "CapInh", "CapAmb"}) {
      EXPECT_EQ(set_of(status, set), 0U) << set;
    }
    EXPECT_EQ(status.at("NoNewPrivs"), "1");
    EXPECT_EQ(agent.stop(), ended_well);
    agent.settings().options = before;
  }

  // Anybody may write into it, and reach it, which the tree that we were built in does not promise.
  [[nodiscard]] std::string folder() const {
    std::string path = "/run/" + pool.name();
    fs::create_directories(path);
    fs::permissions(path, fs::perms::all);
    return path;
  }
};

TEST_F(Privileges, OfRootAreGivenUpOnceItRuns) {
  add_servers(3);
  expect_dropped(pool["s1"], 0);
  expect_children_have_none(pool.prepare("s4"));
  EXPECT_EQ(pool["s4"].attached(), "") << "what is left is enough for the end";
}

class PlainUser : public Privileges {
 protected:
  PlainUser() : Privileges(as_user()) {
    const std::string file = folder() + "/password";
    fs::copy_file(SharedLab::get().password_file(), file, fs::copy_options::overwrite_existing);
    fs::permissions(file, fs::perms::owner_read);
    EXPECT_EQ(::chown(file.c_str(), user, user), 0);
    password_file_ = file;
    for (const char* program : {"buddyd", "buddyctl"}) {
      fs::copy_file(SharedLab::get().program(program), folder() + "/" + program, fs::copy_options::overwrite_existing);
    }
    fs::permissions("/sys/fs/bpf", fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
    fs::create_directories(pin_root);
    EXPECT_EQ(::chown(pin_root, user, user), 0) << "as ExecStartPre=+ does";
  }

  static constexpr const char* pin_root = "/sys/fs/bpf/of-a-user";
  // What systemd does for User= and AmbientCapabilities=; "": none.
  static std::vector<std::string> setpriv(const std::string& capabilities) {
    return {"setpriv",
            "--reuid=" + std::to_string(user),
            "--regid=" + std::to_string(user),
            "--clear-groups",
            "--inh-caps=-all" + capabilities,
            "--ambient-caps=-all" + capabilities,
            "--bounding-set=-all" + capabilities,
            "--pdeathsig=KILL"};
  }
  static constexpr const char* all_needed = ",+bpf,+net_admin,+net_raw,+perfmon";
  static lab::AgentSettings as_user() {
    lab::AgentSettings settings{.interval = "50ms"};
    settings.pin_root = pin_root;
    settings.through = setpriv(all_needed);
    return settings;
  }
  lab::Agent& prepare(const std::string& server) {
    lab::Agent& agent = pool.prepare(server);
    agent.settings().password_file = password_file_;
    agent.settings().program = folder() + "/buddyd";
    return agent;
  }
  void add_users(unsigned count) {
    for (unsigned number = 1; number <= count; ++number) {
      lab::Agent& agent = prepare("s" + std::to_string(number));
      agent.start();
      all.insert(agent.server());
    }
    ASSERT_EQ(pool.settle(all), "");
  }
  lab::Completed run_as_user(lab::Agent& agent, const std::string& capabilities, std::vector<std::string> command) {
    std::vector<std::string> argv = setpriv(capabilities);
    argv.insert(argv.end(), command.begin(), command.end());
    return lab::run_to_end(agent.host().inside(), {.argv = argv});
  }
  std::vector<std::string> of(const char* program, const std::string& first, const std::string& server) {
    return {folder() + "/" + program, first, "--pool=" + pool.name(), "--server=" + server,
            std::string("--pin-root=") + pin_root};
  }

 private:
  std::string password_file_;
};

TEST_F(PlainUser, LivesAWholeLife) {
  add_users(4);
  expect_dropped(pool["s2"], granted);
  EXPECT_EQ(status_in("/proc/" + std::to_string(pool["s2"].process().pid()) + "/status").at("Uid").substr(0, 5),
            std::to_string(user));
  const auto status = run_as_user(pool["s2"], "", of("buddyctl", "status", "s2"));
  EXPECT_EQ(status.exit, ended_well) << status.out << status.err;

  // A death is found by agents such as these.
  pool["s3"].host().cut();
  all.erase("s3");
  ASSERT_EQ(pool.settle(all), "");
  EXPECT_FALSE(pool.events("verdict", "buddy", "s3").empty());
  pool["s3"].host().mend();
  all.insert("s3");
  ASSERT_EQ(pool.settle(all), "");

  // An upgrade, a kill and the next start.
  const uint64_t incarnation = pool.incarnations().at("s2");
  pool["s2"].upgrade();
  EXPECT_EQ(pool.incarnations().at("s2"), incarnation);
  expect_dropped(pool["s2"], granted);
  pool["s2"].kill();
  pool["s2"].start();
  ASSERT_EQ(pool.settle(all), "");

  EXPECT_EQ(pool["s2"].stop(), ended_well);
  EXPECT_EQ(pool["s2"].attached(), "");
  all.erase("s2");
  ASSERT_EQ(pool.settle(all), "");
  expect_children_have_none(pool["s2"]);
}

TEST_F(PlainUser, IsRemovedByDetach) {
  add_users(3);
  pool["s2"].kill();
  EXPECT_NE(pool["s2"].attached(), "");
  const auto done = run_as_user(pool["s2"], all_needed, of("buddyd", "--detach", "s2"));
  EXPECT_EQ(done.exit, ended_well) << done.out << done.err;
  EXPECT_EQ(pool["s2"].attached(), "") << done.out;
  all.erase("s2");
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(PlainUser, WithoutOneOfItsCapabilitiesIsToldSo) {
  lab::Agent& agent = prepare("s1");
  for (const char* lacking :
       {",+net_admin,+net_raw,+perfmon", ",+bpf,+net_raw,+perfmon", ",+bpf,+net_admin,+perfmon"}) {
    agent.settings().through = setpriv(lacking);
    const auto done = lab::run_to_end(agent.host().inside(), agent.command());
    EXPECT_EQ(done.exit.code, 1) << lacking << done.err;
    EXPECT_NE(done.err.find("CAP_"), std::string::npos) << lacking << done.err;
    EXPECT_EQ(agent.attached(), "") << lacking;
  }
}

}  // namespace
}  // namespace buddyring::e2e
