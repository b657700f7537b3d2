// SPDX-License-Identifier: Apache-2.0
#include "core/replace_orders.h"

#include <gtest/gtest.h>

namespace buddyring {
namespace {

using std::chrono::seconds;

constexpr ReplaceAck applied{.code = AckCode::applied, .refusal = Refusal::none, .epoch = 1};
constexpr ReplaceAck not_member{.code = AckCode::refused, .refusal = Refusal::not_member, .epoch = 1};
constexpr ReplaceAck mismatch{.code = AckCode::refused, .refusal = Refusal::mismatch, .epoch = 1};

class ReplaceOrdersTest : public ::testing::Test {
 protected:
  void add(const std::string& to, RingMessage message = ReplaceMessage{}) {
    orders_.add(now_, {.name = to, .address = {}, .replace_port = 1, .incarnation = 1}, std::move(message));
  }
  Instant now_{seconds{1}};
  ReplaceOrders orders_;
};

TEST_F(ReplaceOrdersTest, AnOrderIsGivenOutOnceUntilItEnds) {
  add("x");
  const auto order = orders_.poll(now_);
  ASSERT_TRUE(order);
  EXPECT_FALSE(orders_.poll(now_));
  EXPECT_TRUE(orders_.finish(now_, order->id, applied));
  EXPECT_TRUE(orders_.empty());
}

TEST_F(ReplaceOrdersTest, ARefusalThatIsFinalIsNotRetried) {
  add("x");
  const auto order = orders_.poll(now_);
  EXPECT_TRUE(orders_.finish(now_, order->id, mismatch));
  EXPECT_TRUE(orders_.empty());
}

TEST_F(ReplaceOrdersTest, SilenceAndNotYetAMemberAreRetriedWithBackoffUpToTheLimit) {
  add("x");
  Duration last_wait{0};
  for (unsigned attempt = 1; attempt <= limits::replace_attempts_max; ++attempt) {
    const auto order = orders_.poll(now_);
    ASSERT_TRUE(order) << attempt;
    const auto ended = orders_.finish(now_, order->id, attempt % 2 != 0 ? std::nullopt : std::optional(not_member));
    EXPECT_EQ(ended.has_value(), attempt == limits::replace_attempts_max);
    if (!ended) {
      const auto due = orders_.next_deadline();
      ASSERT_TRUE(due);
      EXPECT_GT(*due - now_, last_wait);
      last_wait = *due - now_;
      EXPECT_FALSE(orders_.poll(*due - Duration{1}));
      now_ = *due;
    }
  }
  EXPECT_TRUE(orders_.empty());
}

TEST_F(ReplaceOrdersTest, ANewerOrderToTheSameReceiverTakesThePlace) {
  add("x");
  const auto old_order = orders_.poll(now_);
  add("x");
  add("x");
  EXPECT_FALSE(orders_.poll(now_)) << "one delivery a receiver at a time";
  EXPECT_FALSE(orders_.next_deadline());
  EXPECT_FALSE(orders_.finish(now_, old_order->id, applied)) << "the old one is no longer known";
  EXPECT_FALSE(orders_.empty());
  EXPECT_NE(orders_.poll(now_)->id, old_order->id);
}

TEST_F(ReplaceOrdersTest, AServerExpectIsTriedAgainWhileItsReceiverDoesNotHearUs) {
  add("x", ExpectMessage{});
  uint64_t id = 0;
  Instant since = now_;
  for (unsigned attempt = 1; attempt <= limits::expect_attempts_max; ++attempt) {
    const auto order = orders_.poll(now_);
    ASSERT_TRUE(order) << attempt;
    id = order->id;
    const Refusal refusal = attempt % 2 == 0 ? Refusal::unheard : Refusal::unprobed;
    const bool ended = orders_.finish(now_, id, ReplaceAck{.refusal = refusal}).has_value();
    EXPECT_EQ(ended, attempt == limits::expect_attempts_max);
    now_ = orders_.next_deadline().value_or(now_);
  }
  EXPECT_EQ(now_ - since, limits::expect_backoff_first * ((1 << (limits::expect_attempts_max - 1)) - 1));
}

TEST_F(ReplaceOrdersTest, AServerExpectIsTriedOnceOtherwise) {
  for (const auto& outcome : {std::optional<ReplaceAck>{}, std::optional(not_member), std::optional(applied)}) {
    add("x", ExpectMessage{});
    const auto order = orders_.poll(now_);
    ASSERT_TRUE(order);
    EXPECT_TRUE(std::holds_alternative<ExpectMessage>(order->message));
    EXPECT_TRUE(orders_.finish(now_, order->id, outcome));
    EXPECT_TRUE(orders_.empty());
  }
}

TEST_F(ReplaceOrdersTest, AServerReplaceTakesThePlaceOfAServerExpect) {
  add("x", ExpectMessage{});
  add("x");
  const auto waiting = orders_.poll(now_);
  ASSERT_TRUE(waiting);
  EXPECT_TRUE(std::holds_alternative<ReplaceMessage>(waiting->message));
  EXPECT_TRUE(orders_.finish(now_, waiting->id, applied));

  add("x", ExpectMessage{});
  const auto under_way = orders_.poll(now_);
  ASSERT_TRUE(under_way);
  add("x");
  EXPECT_FALSE(orders_.poll(now_)) << "one delivery a receiver at a time";
  EXPECT_FALSE(orders_.finish(now_, under_way->id, std::nullopt)) << "the old one is no longer known";
  const auto next = orders_.poll(now_);
  ASSERT_TRUE(next);
  EXPECT_TRUE(std::holds_alternative<ReplaceMessage>(next->message));
}

TEST_F(ReplaceOrdersTest, BeyondTheLimitOrdersAreCountedAndDropped) {
  for (size_t i = 0; i <= limits::replace_orders_max; ++i) {
    add("server" + std::to_string(i));
  }
  EXPECT_EQ(orders_.dropped(), 1U);
}

}  // namespace
}  // namespace buddyring
