// SPDX-License-Identifier: Apache-2.0
// What buddyd makes of its options, where they depend on each other.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "agent/options.h"
#include "core/detection_profile.h"
#include "tests/lab/sandbox.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;

AgentOptions options_of(std::vector<std::string> more) {
  std::vector<std::string> arguments{"--registry=mysql://u@127.0.0.1:3306/d", "--address=10.1.0.7"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return agent_options(arguments).value();
}

std::string refusal(const std::vector<std::string>& more) {
  try {
    static_cast<void>(options_of(more));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(SchedulingOptionsTest, ByDefaultAnAgentIsAProcessLikeAnyOther) {
  const SchedulingOptions scheduling = options_of({}).scheduling;
  EXPECT_EQ(scheduling.realtime, 0U);
  EXPECT_FALSE(scheduling.deadline);
  EXPECT_EQ(scheduling.escalate, 0U);
  EXPECT_FALSE(scheduling.lock_memory);
  EXPECT_FALSE(scheduling.cpu);
  EXPECT_FALSE(scheduling.child_cpus);
}

TEST(SchedulingOptionsTest, ChildrenMayRunWhereTheProcessMay) {
  const auto here = CpuSet::of_this_thread();
  ASSERT_TRUE(here);
  unsigned cpu = 0;
  while (!here.value().has(cpu)) {
    ++cpu;
  }
  const AgentOptions options = options_of({"--cpu=" + std::to_string(cpu), "--realtime=99", "--lock-memory"});
  EXPECT_EQ(options.scheduling.cpu, cpu);
  EXPECT_EQ(options.scheduling.realtime, 99U);
  EXPECT_TRUE(options.scheduling.lock_memory);
  ASSERT_TRUE(options.services.child_cpus);
  EXPECT_TRUE(options.services.child_cpus->has(cpu));
  EXPECT_TRUE(options.notify.child_cpus);
}

TEST(SchedulingOptionsTest, WhatCannotBeIsRefusedByName) {
  for (const auto& [given, wanted] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"--realtime=0", {"--realtime", "'0'", "from 1 to 99, or deadline"}},
           {"--realtime=100", {"--realtime", "'100'", "from 1 to 99"}},
           {"--escalate=high", {"--escalate", "'high'", "from 1 to 99"}},
           {"--cpu=1024", {"--cpu", "'1024'", "from 0 to 1023"}},
           {"--cpu=1023", {"--cpu", "'1023'", "Cpus_allowed_list"}}}) {
    const std::string line = refusal({given});
    for (const std::string& text : wanted) {
      EXPECT_NE(line.find(text), std::string::npos) << text << " in: " << line;
    }
  }
  EXPECT_NE(refusal({"--realtime=1", "--escalate=1"}).find("exclude each other"), std::string::npos);
}

TEST(SchedulingOptionsTest, ADeadlineIsInAPrioritysPlace) {
  const SchedulingOptions scheduling = options_of({"--realtime=deadline", "--lock-memory"}).scheduling;
  EXPECT_TRUE(scheduling.deadline);
  EXPECT_EQ(scheduling.realtime, 0U);
  EXPECT_TRUE(scheduling.lock_memory);
}

TEST(SchedulingOptionsTest, WhatDoesNotGoWithADeadlineIsRefusedByName) {
  for (const auto& [given, wanted] : std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>>{
           {{"--cpu=0"}, {"beside --cpu", "from 1 to 99"}},
           {{"--spin"}, {"beside --spin", "from 1 to 99"}},
           {{"--profile=busy"}, {"a profile that spins", "from 1 to 99"}},
           {{"--escalate=7"}, {"beside --escalate", "leave one away"}}}) {
    std::vector<std::string> all{"--realtime=deadline"};
    all.insert(all.end(), given.begin(), given.end());
    const std::string line = refusal(all);
    EXPECT_TRUE(line.starts_with("--realtime 'deadline' is not acceptable")) << given.front() << ": " << line;
    for (const std::string& text : wanted) {
      EXPECT_NE(line.find(text), std::string::npos) << text << " in: " << line;
    }
  }
  EXPECT_EQ(refusal({"--realtime=deadline", "--profile=busy", "--spin=no"}), "");
}

class Profiles : public testing::Test {
 protected:
  Profiles() {
    std::string pattern = testing::TempDir() + "buddyring-profiles-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Profiles() override {
    ::unsetenv("BUDDYD_PROFILE");
    ::unsetenv("BUDDYD_INTERVAL");
    std::filesystem::remove_all(directory_);
  }
  std::string file(const std::string& text) {
    const std::string path = directory_ + "/file" + std::to_string(files_++);
    lab::make_file(path, text);
    return "--config=" + path;
  }
  static std::string lines(const std::vector<std::string>& more) { return detection_lines(options_of(more)); }

 private:
  std::string directory_;
  int files_ = 0;
};

TEST_F(Profiles, TheFirstIsTheDefault) {
  EXPECT_EQ(lines({}), "profile = lan\ninterval = 100ms\nmisses = 3\nlease = 3s\nspin = no\n");
  EXPECT_EQ(lines({"--profile=lan"}), lines({}));
}

TEST_F(Profiles, EachSetsWhatBelongsTogether) {
  for (const DetectionProfile& profile : detection_profiles) {
    const AgentOptions options = options_of({std::string("--profile=") + profile.name});
    EXPECT_EQ(options.profile, profile.name);
    EXPECT_EQ(options.detection.interval, profile.interval);
    EXPECT_EQ(options.detection.misses, profile.misses);
    EXPECT_EQ(options.lease, profile.lease);
    EXPECT_EQ(options.waiting, profile.spins ? Loop::Waiting::spins : Loop::Waiting::sleeps);
    EXPECT_GE(options.lease, profile.misses * profile.interval) << "a hung agent is not to be found before a dead one";
  }
}

TEST_F(Profiles, WhatIsGivenByItselfIsStrongerWhereverItStands) {
  const std::string in_file = file("interval = 20ms\n");
  EXPECT_EQ(lines({in_file, "--profile=wan"}), "profile = wan\ninterval = 20ms\nmisses = 5\nlease = 10s\nspin = no\n")
      << "an interval in the file, a profile on the command line";
  ::setenv("BUDDYD_PROFILE", "fast", 1);
  EXPECT_EQ(lines({in_file, "--misses=7"}), "profile = fast\ninterval = 20ms\nmisses = 7\nlease = 1s\nspin = no\n");
  EXPECT_EQ(lines({in_file, "--profile=wan", "--lease=4s"}),
            "profile = wan\ninterval = 20ms\nmisses = 5\nlease = 4s\nspin = no\n")
      << "of profiles, the command line's";
  ::setenv("BUDDYD_INTERVAL", "30ms", 1);
  EXPECT_EQ(lines({in_file}), "profile = fast\ninterval = 30ms\nmisses = 3\nlease = 1s\nspin = no\n");
  EXPECT_EQ(lines({file("profile = wan\n")}), "profile = fast\ninterval = 30ms\nmisses = 3\nlease = 1s\nspin = no\n")
      << "the environment's profile over the file's";
}

TEST_F(Profiles, OneThatSpinsMayBeToldNotTo) {
  EXPECT_EQ(lines({"--profile=busy"}), "profile = busy\ninterval = 500us\nmisses = 3\nlease = 1s\nspin = yes\n");
  const std::string sleeps = "profile = busy\ninterval = 1ms\nmisses = 3\nlease = 1s\nspin = no\n";
  EXPECT_EQ(lines({"--profile=busy", "--spin=no"}), sleeps) << "with the shortest interval for who sleeps";
  EXPECT_EQ(lines({"--profile=busy", file("spin = no\n")}), sleeps);
  EXPECT_EQ(lines({"--profile=busy", file("spin = no\n"), "--spin", "--interval=100us"}),
            "profile = busy\ninterval = 100us\nmisses = 3\nlease = 1s\nspin = yes\n");
  EXPECT_NE(refusal({"--profile=busy", "--spin=no", "--interval=500us"}).find("--interval '500us'"), std::string::npos);
  EXPECT_NE(refusal({"--spin=perhaps"}).find("perhaps"), std::string::npos);
}

TEST_F(Profiles, AnUnknownOneIsRefusedWithTheNearest) {
  const std::string line = refusal({"--profile=last"});
  EXPECT_NE(line.find("--profile 'last' is not acceptable; give lan, fast, busy or wan; the nearest is fast"),
            std::string::npos)
      << line;
  EXPECT_EQ(refusal({"--profile=satellite"}).find("nearest"), std::string::npos);
}

// The lease of a profile must not be too short for an interval that was given.
TEST_F(Profiles, WhatDoesNotGoTogetherIsRefused) {
  EXPECT_NE(refusal({"--profile=fast", "--interval=2s"}).find("--lease '1s'"), std::string::npos);
}

}  // namespace
}  // namespace buddyring
