// SPDX-License-Identifier: Apache-2.0
// CpuQuota: a cgroup that lets a process run only so long in each period.
//
// Works with cgroup v1 (a cpu hierarchy) and v2. The group is removed and the
// process freed on destruction; what a killed lab left is removed by the next.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

namespace buddyring::lab {

class CpuQuota {
 public:
  // Throws std::system_error where the machine has no cpu controller to offer.
  CpuQuota(pid_t pid, std::chrono::microseconds quota, std::chrono::microseconds period);
  ~CpuQuota();
  CpuQuota(const CpuQuota&) = delete;
  CpuQuota& operator=(const CpuQuota&) = delete;

  // How many periods ended with the process held back: proof that it starved.
  [[nodiscard]] unsigned long throttled_periods() const;

 private:
  pid_t pid_;
  std::string group_;
};

}  // namespace buddyring::lab
