// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/lab/sandbox.h"
#include "tests/registry/fixture.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const buddyring::lab::Sandbox sandbox;                                    // for file systems that are a test's own
  ::testing::AddGlobalTestEnvironment(new buddyring::RegistryEnvironment);  // GoogleTest deletes it
  return RUN_ALL_TESTS();
}
