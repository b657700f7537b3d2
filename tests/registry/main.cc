// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/registry/fixture.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  ::testing::AddGlobalTestEnvironment(new buddyring::RegistryEnvironment);  // GoogleTest deletes it
  return RUN_ALL_TESTS();
}
