// SPDX-License-Identifier: Apache-2.0
// The kernel programs on a real kernel. Needs root; whatever is attached or
// pinned lives in namespaces that end with the process.
#include <gtest/gtest.h>

#include "tests/lab/sandbox.h"

int main(int count, char** arguments) {
  testing::InitGoogleTest(&count, arguments);
  const buddyring::lab::Sandbox sandbox;
  return RUN_ALL_TESTS();
}
