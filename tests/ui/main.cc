// SPDX-License-Identifier: Apache-2.0
// The operators' page as a real browser shows it; see docs/ui.md.
#include <gtest/gtest.h>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
