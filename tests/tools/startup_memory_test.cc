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

// KiB of this process's that are in RAM.
unsigned long resident() {
  std::ifstream file{"/proc/self/smaps_rollup"};
  for (std::string word; file >> word;) {
    unsigned long kib = 0;
    if (word == "Rss:" && file >> kib) {
      return kib;
    }
  }
  throw std::runtime_error("no Rss: in smaps_rollup");
}

TEST(StartupMemory, WhatCanBeReadAgainGoesAndAllElseStays) {
  written.fill(7);
  const std::string on_the_heap(1U << 16U, 'x');
  const unsigned long before = resident();
  release_startup_memory();
  const unsigned long after = resident();
  EXPECT_LT(after, before);
  EXPECT_EQ(written.front(), 7);
  EXPECT_EQ(written.back(), 7);
  EXPECT_EQ(constant.at(2), 3);
  EXPECT_EQ(std::string{relocated.at(1)}, "two");
  EXPECT_EQ(on_the_heap, std::string(1U << 16U, 'x'));
}

}  // namespace
}  // namespace buddyring
