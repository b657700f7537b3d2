// SPDX-License-Identifier: Apache-2.0
// Agents of real-time priority, on a CPU of their own, with memory that stays: what has
// it, and what has no part in it.
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "posix/clock.h"
#include "shared_lab.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

namespace fs = std::filesystem;

constexpr auto patience = std::chrono::seconds{60};
constexpr auto interval = std::chrono::milliseconds{50};

// How the kernel schedules a thread, from its files under /proc.
struct Standing {
  unsigned policy = 0;
  unsigned priority = 0;
  std::string name;
  std::string cpus;
  uint64_t locked_kib = 0;
  uint64_t capabilities = 0;
};

Standing standing_in(const std::string& stat, const std::string& status) {
  Standing standing;
  // Behind the name, which may hold anything, stand fields 3 and on; 40 and 41 are these.
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string field;
  for (int number = 3; fields >> field; ++number) {
    if (number == 40) {
      standing.priority = static_cast<unsigned>(std::stoul(field));
    } else if (number == 41) {
      standing.policy = static_cast<unsigned>(std::stoul(field));
    }
  }
  std::istringstream lines(status);
  for (std::string key, value; lines >> key && std::getline(lines, value);) {
    const size_t begin = value.find_first_not_of(" \t");
    value = begin == std::string::npos ? "" : value.substr(begin);
    if (key == "Name:") {
      standing.name = value;
    } else if (key == "Cpus_allowed_list:") {
      standing.cpus = value;
    } else if (key == "VmLck:") {
      standing.locked_kib = std::stoull(value);
    } else if (key == "CapEff:") {
      standing.capabilities = std::stoull(value, nullptr, 16);
    }
  }
  return standing;
}

std::string text_of(const fs::path& path) { return (std::ostringstream{} << std::ifstream{path}.rdbuf()).str(); }

Standing standing_of(const fs::path& task) { return standing_in(text_of(task / "stat"), text_of(task / "status")); }

// What SCHED_DEADLINE promises the first thread of a process, in ns, as the kernel has it (struct sched_attr).
struct Promise {
  uint32_t size = 0;
  uint32_t policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0;
  uint64_t deadline = 0;
  uint64_t period = 0;
};

Promise promise_to(pid_t pid) {
  Promise promise;
  EXPECT_EQ(::syscall(SYS_sched_getattr, pid, &promise, sizeof(promise), 0), 0);
  return promise;
}

class SchedulingTest : public PoolTest {
 protected:
  SchedulingTest() : PoolTest({.interval = "50ms"}) {}

  lab::Agent& start(std::vector<std::string> options) {
    lab::Agent& agent = pool.prepare("s1");
    agent.settings().options = std::move(options);
    agent.start();
    return agent;
  }
  static fs::path process_of(lab::Agent& agent) { return "/proc/" + std::to_string(agent.process().pid()); }
  static Standing ring_of(lab::Agent& agent) {
    return standing_of(process_of(agent) / "task" / std::to_string(agent.process().pid()));
  }
  // The threads besides the ring's, without those of the kernel.
  static std::vector<Standing> others_of(lab::Agent& agent) {
    std::vector<Standing> others;
    for (const auto& task : fs::directory_iterator(process_of(agent) / "task")) {
      const Standing standing = standing_of(task.path());
      if (task.path().filename() != std::to_string(agent.process().pid()) && !standing.name.starts_with("iou-")) {
        others.push_back(standing);
      }
    }
    return others;
  }
  // Keeps it from running until a tick of it is late.
  static void make_a_tick_late(lab::Agent& agent) {
    agent.process().signal(SIGSTOP);
    const uint64_t ticks = agent.report().ticks;
    EXPECT_TRUE(lab::wait_until(
        [&] { return monotonic_now() - instant_from_ns(agent.report().tick_ns) > 3 * interval; }, patience));
    agent.process().signal(SIGCONT);
    EXPECT_TRUE(lab::wait_until([&] { return agent.report().ticks > ticks + 1; }, patience));
  }
};

TEST_F(SchedulingTest, IsOfTheThreadOfTheRingAlone) {
  const std::string file = SharedLab::get().directory() + "/" + pool.name() + "-child";
  const Standing own = standing_of("/proc/self");
  const auto cpu = std::to_string(::sched_getcpu());
  lab::Agent& agent = start({"--realtime=7", "--lock-memory", "--cpu=" + cpu,
                             "--watch-exec=cat /proc/self/stat >" + file + ".stat && cat /proc/self/status >" + file});
  const Standing ring = ring_of(agent);
  EXPECT_EQ(ring.policy, static_cast<unsigned>(SCHED_FIFO));
  EXPECT_EQ(ring.priority, 7U);
  EXPECT_EQ(ring.cpus, cpu);
  EXPECT_GT(ring.locked_kib, 0U);
  EXPECT_EQ(ring.capabilities, uint64_t{1} << CAP_NET_ADMIN) << "what it has it need not be able to take again";
  const auto others = others_of(agent);
  EXPECT_EQ(others.size(), 1U) << "the registry's worker";
  for (const Standing& other : others) {
    EXPECT_EQ(other.policy, static_cast<unsigned>(SCHED_OTHER)) << other.name;
    EXPECT_EQ(other.cpus, own.cpus) << other.name;
  }
  // It is a member, so its check has succeeded: the file is whole.
  const Standing child = standing_in(text_of(file + ".stat"), text_of(file));
  EXPECT_EQ(child.policy, static_cast<unsigned>(SCHED_OTHER));
  EXPECT_EQ(child.priority, 0U);
  EXPECT_EQ(child.cpus, own.cpus);
  EXPECT_TRUE(lab::wait_until([&] { return agent.report().realtime_priority == 7; }, patience));
  EXPECT_EQ(agent.report().memory_locked, 1U);
  EXPECT_EQ(agent.report().pinned_cpu, std::stoul(cpu) + 1);
  EXPECT_EQ(agent.stop(), ended_well);
}

TEST_F(SchedulingTest, ADeadlineIsOfTheThreadOfTheRingAloneAndFollowsTheInterval) {
  const std::string name = SharedLab::get().directory() + "/" + pool.name();
  std::ofstream(name + ".conf") << "interval = 40ms\n";
  lab::Agent& agent = pool.prepare("s1");
  agent.settings().interval = "";
  agent.settings().options = {"--realtime=deadline", "--config=" + name + ".conf",
                              "--watch-exec=cat /proc/self/stat >" + name + ".stat"};
  agent.start();
  const Standing ring = ring_of(agent);
  EXPECT_EQ(ring.policy, static_cast<unsigned>(SCHED_DEADLINE));
  EXPECT_EQ(ring.capabilities, uint64_t{1} << CAP_NET_ADMIN | uint64_t{1} << CAP_SYS_NICE)
      << "another share takes the right again";
  for (const Standing& other : others_of(agent)) {
    EXPECT_EQ(other.policy, static_cast<unsigned>(SCHED_OTHER)) << other.name;
  }
  // It is a member, so its check has succeeded: the file is whole.
  EXPECT_EQ(standing_in(text_of(name + ".stat"), "").policy, static_cast<unsigned>(SCHED_OTHER));
  EXPECT_TRUE(lab::wait_until([&] { return agent.report().deadline_us == 10'000; }, patience));
  const pid_t pid = agent.process().pid();
  EXPECT_EQ(promise_to(pid).period, 10'000'000U);
  EXPECT_EQ(promise_to(pid).deadline, 10'000'000U);
  EXPECT_EQ(promise_to(pid).runtime, 2'500'000U);

  std::ofstream(name + ".conf") << "interval = 20ms\n";
  agent.process().signal(SIGHUP);
  ASSERT_TRUE(agent.wait_event("reloaded", Instant{}, event_timeout));
  EXPECT_TRUE(lab::wait_until([&] { return agent.report().deadline_us == 5'000; }, patience));
  EXPECT_EQ(promise_to(pid).period, 5'000'000U);
  EXPECT_EQ(promise_to(pid).runtime, 1'250'000U);
  EXPECT_EQ(agent.stop(), ended_well);
}

TEST_F(SchedulingTest, IsTakenWhenTicksRunLateAndTold) {
  lab::Agent& agent = start({"--escalate=9"});
  EXPECT_EQ(ring_of(agent).capabilities, uint64_t{1} << CAP_NET_ADMIN | uint64_t{1} << CAP_SYS_NICE);
  // A busy machine may have made it rise already.
  for (int i = 0; i < 5; ++i) {
    make_a_tick_late(agent);
  }
  EXPECT_TRUE(lab::wait_until([&] { return agent.report().escalations > 0; }, patience));
  const auto event = agent.wait_event("priority", Instant{}, event_timeout);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->value("realtime"), "9");
  EXPECT_EQ(event->value("why"), "ticks ran late");
  EXPECT_EQ(agent.report().realtime_priority, 9U);
  EXPECT_EQ(ring_of(agent).policy, static_cast<unsigned>(SCHED_FIFO));
  EXPECT_EQ(ring_of(agent).priority, 9U);
  EXPECT_EQ(agent.stop(), ended_well);
}

TEST_F(SchedulingTest, WithoutTheRightTheStartFailsAndLeavesNothing) {
  lab::Agent& agent = pool.prepare("s1");
  agent.settings().through = {"prlimit",
                              "--rtprio=0:0",
                              "--memlock=65536:65536",
                              "setpriv",
                              "--inh-caps=-sys_nice,-sys_resource,-ipc_lock",
                              "--bounding-set=-sys_nice,-sys_resource,-ipc_lock"};
  for (const auto& [option, names] : std::map<std::string, std::vector<std::string>>{
           {"--realtime=1", {"--realtime", "real-time priority 1", "CAP_SYS_NICE", "LimitRTPRIO="}},
           {"--realtime=deadline", {"--realtime", "SCHED_DEADLINE, 3125us of each 12500us", "CAP_SYS_NICE"}},
           {"--escalate=1", {"--escalate", "CAP_SYS_NICE"}},
           {"--lock-memory", {"--lock-memory", "CAP_IPC_LOCK", "LimitMEMLOCK="}}}) {
    agent.settings().options = {option};
    const auto done = run_to_end(agent.host().inside(), agent.command());
    EXPECT_EQ(done.exit, (lab::Exit{.code = 1, .signal = 0})) << option << done.err;
    for (const std::string& name : names) {
      EXPECT_NE(done.err.find(name), std::string::npos) << name << " in: " << done.err;
    }
    EXPECT_EQ(agent.attached(), "") << option;
  }
}

}  // namespace
}  // namespace buddyring::e2e
