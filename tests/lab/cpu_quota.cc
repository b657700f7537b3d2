// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cpu_quota.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "tests/lab/sandbox.h"

namespace buddyring::lab {
namespace {

namespace fs = std::filesystem;

constexpr const char* group_prefix = "buddyring-lab-";
constexpr const char* v1_root = "/sys/fs/cgroup/cpu";
constexpr const char* v2_root = "/sys/fs/cgroup";

bool is_v2() { return !fs::exists(std::string(v1_root) + "/cpu.cfs_quota_us"); }

const char* root() { return is_v2() ? v2_root : v1_root; }

// Groups are named after their lab's pid; those of labs that are gone are empty and may go too.
void remove_leftovers() {
  const std::string prefix = group_prefix;
  for (const auto& entry : fs::directory_iterator(root())) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(prefix)) {
      continue;
    }
    const pid_t lab = std::atoi(name.c_str() + prefix.size());
    if (kill(lab, 0) != 0 && errno == ESRCH) {
      rmdir(entry.path().c_str());
    }
  }
}

}  // namespace

CpuQuota::CpuQuota(pid_t pid, std::chrono::microseconds quota, std::chrono::microseconds period) : pid_(pid) {
  remove_leftovers();
  group_ = std::string(root()) + "/" + group_prefix + std::to_string(getpid()) + "-" + std::to_string(pid);
  if (is_v2()) {
    write_file(std::string(v2_root) + "/cgroup.subtree_control", "+cpu");
  }
  if (mkdir(group_.c_str(), 0755) != 0) {
    throw std::system_error(errno, std::generic_category(), "create " + group_);
  }
  if (is_v2()) {
    write_file(group_ + "/cpu.max", std::to_string(quota.count()) + " " + std::to_string(period.count()));
  } else {
    write_file(group_ + "/cpu.cfs_period_us", std::to_string(period.count()));
    write_file(group_ + "/cpu.cfs_quota_us", std::to_string(quota.count()));
  }
  write_file(group_ + "/cgroup.procs", std::to_string(pid_));
}

CpuQuota::~CpuQuota() {
  try {
    write_file(std::string(root()) + "/cgroup.procs", std::to_string(pid_));
  } catch (const std::system_error&) {
    // The process has ended: the group is empty already.
  }
  rmdir(group_.c_str());
}

unsigned long CpuQuota::throttled_periods() const {
  std::ifstream stat(group_ + "/cpu.stat");
  std::string key;
  unsigned long value = 0;
  while (stat >> key >> value) {
    if (key == "nr_throttled") {
      return value;
    }
  }
  return 0;
}

}  // namespace buddyring::lab
