// SPDX-License-Identifier: Apache-2.0
// The kernel's verifier takes every compiled object, each program within its limit.
#include <gtest/gtest.h>

#include "tests/kernel/verifier_count.h"

namespace buddyring {
namespace {

TEST(Verifier, TakesEachProgramWithinItsLimit) {
  unsigned objects = 0;
  for (const auto& entry : std::filesystem::directory_iterator(compiled_objects_folder())) {
    // A kernel takes that one for an interface only, and it is tried in guests only.
    if (entry.path().extension() == ".o" && entry.path().filename() != "hardware_stamps.bpf.o") {
      expect_within_limits(entry.path());
      ++objects;
    }
  }
  EXPECT_GT(objects, 0U);
}

}  // namespace
}  // namespace buddyring
