// SPDX-License-Identifier: Apache-2.0
#include "core/expectations.h"

#include <gtest/gtest.h>

namespace buddyring {
namespace {

constexpr Instant start{std::chrono::seconds{1}};
constexpr Instant due = start + limits::expectation_patience;

Server server(unsigned number, Incarnation incarnation = 1) {
  return {.name = "s" + std::to_string(number),
          .address = Address::from_v4(number),
          .replace_port = 1,
          .incarnation = incarnation};
}

class ExpectationsTest : public ::testing::Test {
 protected:
  Expectations expectations_;
};

TEST_F(ExpectationsTest, WhoComesIsNoMatter) {
  ASSERT_TRUE(expectations_.expect(start, server(5)));
  EXPECT_EQ(expectations_.next_deadline(), due);
  expectations_.fulfil("s5");
  EXPECT_FALSE(expectations_.take_overdue(due).any);
  EXPECT_FALSE(expectations_.next_deadline());
}

TEST_F(ExpectationsTest, WhoWasAcknowledgedAndDoesNotComeIsWorthALookOnce) {
  expectations_.expect(start, server(5))->acknowledged = true;
  expectations_.fulfil("s6");
  EXPECT_FALSE(expectations_.take_overdue(due - Duration{1}).any);
  const auto overdue = expectations_.take_overdue(due);
  EXPECT_TRUE(overdue.any);
  EXPECT_TRUE(overdue.acknowledged);
  EXPECT_FALSE(expectations_.take_overdue(due).any);
}

TEST_F(ExpectationsTest, WhoWasNeverAcknowledgedIsForgotten) {
  ASSERT_TRUE(expectations_.expect(start, server(5)));
  const auto overdue = expectations_.take_overdue(due);
  EXPECT_TRUE(overdue.any);
  EXPECT_FALSE(overdue.acknowledged) << "it could not have announced itself";
}

TEST_F(ExpectationsTest, OneNewcomerHasOnePlaceAndTheOthersAreLimited) {
  for (unsigned i = 0; i < limits::expectations_max; ++i) {
    ASSERT_TRUE(expectations_.expect(start, server(i)));
  }
  const auto* again = expectations_.expect(start + Duration{5}, server(0));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->since, start);
  EXPECT_EQ(again->due, due + Duration{5});
  EXPECT_FALSE(expectations_.expect(start, server(99)));
  EXPECT_EQ(expectations_.next_deadline(), due) << "of s1";
  EXPECT_TRUE(expectations_.take_overdue(due + Duration{5}).any);
  EXPECT_TRUE(expectations_.expect(start, server(99)));
}

TEST_F(ExpectationsTest, AnotherIncarnationAndAnotherNameAtItsAddressTakeItsPlace) {
  ASSERT_TRUE(expectations_.expect(start, server(5)));
  EXPECT_EQ(expectations_.expect(start + Duration{1}, server(5, 2))->since, start + Duration{1});
  Server namesake = server(5, 2);
  namesake.name = "s6";
  ASSERT_TRUE(expectations_.expect(start, namesake));
  EXPECT_FALSE(expectations_.find("s5"));
  EXPECT_TRUE(expectations_.find("s6"));
}

}  // namespace
}  // namespace buddyring
