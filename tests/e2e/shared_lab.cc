// SPDX-License-Identifier: Apache-2.0
#include "shared_lab.h"

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
}

}  // namespace buddyring::e2e
