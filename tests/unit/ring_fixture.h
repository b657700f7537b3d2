// SPDX-License-Identifier: Apache-2.0
// What the tests of the whole ring begin with: the production core of each
// member, a model of the table, and faults on demand.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/model_pool.h"

namespace buddyring {

class RingTest : public ::testing::Test {
 protected:
  void start(int servers) {
    for (int i = 1; i <= servers; ++i) {
      pool_.start("s" + std::to_string(i));
    }
    pool_.step(5);
    ASSERT_EQ(pool_.disagreement(), "");
  }
  void expect_whole(size_t servers) {
    EXPECT_EQ(pool_.table.size(), servers);
    EXPECT_EQ(pool_.disagreement(), "");
  }
  ModelPool pool_;
};

}  // namespace buddyring
