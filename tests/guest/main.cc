// SPDX-License-Identifier: Apache-2.0
// What may cost the kernel that it is tried on, and is tried in emulated guests only;
// see docs/kernels.md.
#include <gtest/gtest.h>

#include "tests/lab/sandbox.h"

int main(int count, char** arguments) {
  testing::InitGoogleTest(&count, arguments);
  const buddyring::lab::Sandbox sandbox;
  return RUN_ALL_TESTS();
}
