// SPDX-License-Identifier: Apache-2.0
// The end-to-end tests share one lab: its server table, router and client
// hosts. Each test has a pool of its own name, on hosts of its own.
#include <gtest/gtest.h>

#include <cstdio>
#include <exception>

#include "shared_lab.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  try {
    // While there is no other thread yet.
    buddyring::e2e::SharedLab lab;
    return RUN_ALL_TESTS();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "e2e: the lab could not be built: %s\n", error.what());
    return 1;
  }
}
