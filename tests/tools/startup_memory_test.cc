// SPDX-License-Identifier: Apache-2.0
#include "posix/startup_memory.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <string>

namespace buddyring {
namespace {

// Written to, never written to, and written to by the loader alone.
std::array<int, 1U << 16U> written;
constexpr std::array<int, 4> constant{1, 2, 3, 4};
constexpr std::array<const char*, 2> relocated{"one", "two"};

// KiB of this process's in RAM that are as they are in their files.
unsigned long clean() {
  std::ifstream file{"/proc/self/smaps_rollup"};
  unsigned long sum = 0;
  for (std::string word; file >> word;) {
    unsigned long kib = 0;
    if ((word == "Shared_Clean:" || word == "Private_Clean:") && file >> kib) {
      sum += kib;
    }
  }
  return sum;
}

TEST(StartupMemory, WhatCanBeReadAgainGoesAndAllElseStays) {
  written.fill(7);
  const std::string on_the_heap(1U << 16U, 'x');
  const unsigned long before = clean();
  release_startup_memory();
  EXPECT_LT(clean(), before);
  EXPECT_EQ(written.front(), 7);
  EXPECT_EQ(written.back(), 7);
  EXPECT_EQ(constant.at(2), 3);
  EXPECT_EQ(std::string{relocated.at(1)}, "two");
  EXPECT_EQ(on_the_heap, std::string(1U << 16U, 'x'));
}

}  // namespace
}  // namespace buddyring
