// SPDX-License-Identifier: Apache-2.0
#include "core/nearest_word.h"

#include <gtest/gtest.h>

namespace buddyring {
namespace {

const std::vector<std::string> options{"pool", "registry", "registry-password-file", "json"};

TEST(NearestWord, FindsWhatWasMisspelt) {
  EXPECT_EQ(nearest_word("pol", options), "pool");
  EXPECT_EQ(nearest_word("pools", options), "pool");
  EXPECT_EQ(nearest_word("registri", options), "registry");
  EXPECT_EQ(nearest_word("regsitry-pasword-file", options), "registry-password-file");
  EXPECT_EQ(nearest_word("jsno", options), "json");
}

TEST(NearestWord, FindsTheWordItself) { EXPECT_EQ(nearest_word("json", options), "json"); }

TEST(NearestWord, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest_word("colour", options), "");
  EXPECT_EQ(nearest_word("", options), "");
  EXPECT_EQ(nearest_word("x", {}), "");
}

TEST(NearestWord, TakesTheFirstOfEquals) { EXPECT_EQ(nearest_word("abcx", {"abca", "abcb"}), "abca"); }

}  // namespace
}  // namespace buddyring
