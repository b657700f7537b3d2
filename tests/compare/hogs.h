// SPDX-License-Identifier: Apache-2.0
// Hogs: processes that compute and do nothing else, two for each core.
#pragma once

#include <memory>
#include <vector>

#include "tests/lab/process.h"

namespace buddyring::compare {

enum class Load {
  idle,       // no hogs
  normal,     // at normal priority
  real_time,  // at SCHED_FIFO, before which all of normal priority waits
};

class Hogs {
 public:
  Hogs(lab::NamespaceThread& where, Load load);
  ~Hogs();
  Hogs(const Hogs&) = delete;
  Hogs& operator=(const Hogs&) = delete;

 private:
  std::vector<std::unique_ptr<lab::Process>> processes_;
};

// While it lives, the calling thread goes before such hogs; those that it starts do not.
class BeforeHogs {
 public:
  // Throws std::system_error.
  BeforeHogs();
  ~BeforeHogs();
  BeforeHogs(const BeforeHogs&) = delete;
  BeforeHogs& operator=(const BeforeHogs&) = delete;
};

}  // namespace buddyring::compare
