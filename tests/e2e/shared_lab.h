// SPDX-License-Identifier: Apache-2.0
// The one lab of the end-to-end tests, and what most of them begin with.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/lab/lab.h"
#include "tests/lab/pool.h"

namespace buddyring::e2e {

// Lives in main, around all tests.
class SharedLab {
 public:
  SharedLab();
  ~SharedLab();
  SharedLab(const SharedLab&) = delete;
  SharedLab& operator=(const SharedLab&) = delete;

  // REQUIRES a SharedLab.
  [[nodiscard]] static lab::Lab& get();

 private:
  lab::Lab lab_;
};

// The server table is up at the end of each test, whatever the test did to it.
class PoolTest : public testing::Test {
 protected:
  explicit PoolTest(lab::AgentSettings settings = {}) : pool(SharedLab::get(), std::move(settings)) {}

  // Starts s1 to s<count> and waits until the ring is whole.
  void add_servers(unsigned count);

  lab::Pool pool;
  std::set<std::string> all;  // the servers that add_servers started
};

inline constexpr lab::Exit ended_well{.code = 0, .signal = 0};
inline constexpr auto event_timeout = std::chrono::seconds{15};

}  // namespace buddyring::e2e
