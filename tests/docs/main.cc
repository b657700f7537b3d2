// SPDX-License-Identifier: Apache-2.0
// Whether what README.md and docs/ say can be done as they say it; see docs/testing.md.
// Needs root; run from the top of the tree. Each page with blocks to run is a test of its own.
#include <gtest/gtest.h>

#include <cstdio>
#include <exception>
#include <filesystem>

#include "tests/docs/page.h"
#include "tests/docs/page_test.h"
#include "tests/lab/sandbox.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  try {
    // While there is no other thread yet.
    const buddyring::lab::Sandbox sandbox;
    std::filesystem::create_directories("/run/hosts");
    buddyring::docs::register_page_tests(buddyring::docs::all_pages());
    return RUN_ALL_TESTS();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "docs: %s\n", error.what());
    return 1;
  }
}
