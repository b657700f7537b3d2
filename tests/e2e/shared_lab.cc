// SPDX-License-Identifier: Apache-2.0
#include "shared_lab.h"

#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

// GoogleTest makes the fixtures itself, so they cannot be given the lab.
lab::Lab* current = nullptr;

}  // namespace

SharedLab::SharedLab() { current = &lab_; }

SharedLab::~SharedLab() { current = nullptr; }

lab::Lab& SharedLab::get() { return *current; }

void PoolTest::add_servers(unsigned count) {
  for (unsigned number = 1; number <= count; ++number) {
    const std::string server = "s" + std::to_string(number);
    pool.add(server);
    all.insert(server);
  }
  ASSERT_EQ(pool.settle(all), "");
  // Whoever has not heard its buddy yet, and been counted by it, waits long before
  // it holds it for dead without a witness.
  for (const auto& server : all) {
    const uint64_t ticks = pool[server].report().ticks;
    ASSERT_TRUE(lab::wait_until([&] { return pool[server].report().ticks >= ticks + 3; }, event_timeout)) << server;
  }
}

}  // namespace buddyring::e2e
