// SPDX-License-Identifier: Apache-2.0
#include "core/server.h"

#include <gtest/gtest.h>

#include <string>

#include "core/limits.h"

namespace buddyring {
namespace {

// Values worked out apart from this code: FNV-1a is a standard hash.
TEST(Identity, IsFnv1aOfPoolNulServer) {
  EXPECT_EQ(identity_of("", ""), 0xaf63bd4c8601b7dfU);
  EXPECT_EQ(identity_of("pool", "web1"), 0x1411894cb25b3014U);
}

TEST(Identity, KeepsPoolAndServerApart) {
  EXPECT_NE(identity_of("a", "bc"), identity_of("ab", "c"));
  EXPECT_NE(identity_of("a", "b"), identity_of("b", "a"));
}

TEST(Name, IsLettersDigitsDotUnderscoreHyphen) {
  for (const char* const name : {"a", "Z", "0", "web-1.example_org", "-", "."}) {
    EXPECT_TRUE(is_valid_name(name)) << name;
  }
  for (const char* const name : {"", " ", "a b", "a/b", "a:b", "a\n", "r\xc3\xa4t", "a'", "a@b", "[", "`", "{", "^"}) {
    EXPECT_FALSE(is_valid_name(name)) << name;
  }
  EXPECT_FALSE(is_valid_name(std::string_view("a\0", 2)));
}

TEST(Name, HasALimit) {
  EXPECT_TRUE(is_valid_name(std::string(limits::name_bytes_max, 'x')));
  EXPECT_FALSE(is_valid_name(std::string(limits::name_bytes_max + 1, 'x')));
}

}  // namespace
}  // namespace buddyring
