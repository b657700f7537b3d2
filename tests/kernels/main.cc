// SPDX-License-Identifier: Apache-2.0
// What must hold on every kernel that users have: the programs load within their
// limit, a small ring works. tests/kernels/run-matrix runs it on this machine's
// kernel and in emulated guests; see docs/kernels.md.
#include <gtest/gtest.h>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
