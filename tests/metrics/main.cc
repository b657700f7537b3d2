// SPDX-License-Identifier: Apache-2.0
// What a real Prometheus makes of `buddyctl metrics`; see docs/metrics.md.
#include <gtest/gtest.h>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
