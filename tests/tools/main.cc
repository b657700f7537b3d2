// SPDX-License-Identifier: Apache-2.0
// The tools and what they share with the agent: options, log, netlink. Needs
// root; its namespaces end with the process.
#include <gtest/gtest.h>

#include "tests/lab/sandbox.h"

int main(int count, char** arguments) {
  testing::InitGoogleTest(&count, arguments);
  const buddyring::lab::Sandbox sandbox;
  return RUN_ALL_TESTS();
}
