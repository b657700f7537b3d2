// SPDX-License-Identifier: Apache-2.0
#include "core/expectations.h"

#include <gtest/gtest.h>

namespace buddyring {
namespace {

constexpr Instant start{std::chrono::seconds{1}};
constexpr Instant due = start + limits::expectation_patience;

TEST(ExpectationsTest, WhoComesIsNoMatter) {
  Expectations expectations;
  ASSERT_TRUE(expectations.add(start, "s5"));
  EXPECT_EQ(expectations.next_deadline(), due);
  expectations.fulfil("s5");
  EXPECT_FALSE(expectations.take_overdue(due));
  EXPECT_FALSE(expectations.next_deadline());
}

TEST(ExpectationsTest, WhoDoesNotComeIsOverdueOnce) {
  Expectations expectations;
  ASSERT_TRUE(expectations.add(start, "s5"));
  expectations.fulfil("s6");
  EXPECT_FALSE(expectations.take_overdue(due - Duration{1}));
  EXPECT_TRUE(expectations.take_overdue(due));
  EXPECT_FALSE(expectations.take_overdue(due));
}

TEST(ExpectationsTest, OneNewcomerHasOnePlaceAndTheOthersAreLimited) {
  Expectations expectations;
  for (size_t i = 0; i < limits::expectations_max; ++i) {
    ASSERT_TRUE(expectations.add(start, "s" + std::to_string(i)));
  }
  EXPECT_TRUE(expectations.add(start + Duration{5}, "s0"));
  EXPECT_FALSE(expectations.add(start, "s9"));
  EXPECT_EQ(expectations.next_deadline(), due) << "of s1";
  EXPECT_TRUE(expectations.take_overdue(due + Duration{5}));
  EXPECT_TRUE(expectations.add(start, "s9"));
}

}  // namespace
}  // namespace buddyring
