// SPDX-License-Identifier: Apache-2.0
#include "core/endpoints.h"

#include <gtest/gtest.h>

#include "core/limits.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;
using Order = std::vector<size_t>;

constexpr Instant start{1000s};
constexpr uint16_t least = 0;
constexpr uint16_t most = UINT16_MAX;
constexpr Duration first = limits::endpoint_backoff_first;

TEST(Endpoints, AreTriedInTheOrderOfPreference) { EXPECT_EQ(Endpoints(3).to_try(start), (Order{0, 1, 2})); }

TEST(Endpoints, WhoFailedIsPassedOverForAPause) {
  Endpoints endpoints(3);
  endpoints.on_failed(start, 0, most);
  EXPECT_EQ(endpoints.to_try(start + first - 1ns), (Order{1, 2}));
  EXPECT_EQ(endpoints.to_try(start + first), (Order{0, 1, 2}));
}

TEST(Endpoints, HalfOfThePauseIsDrawn) {
  Endpoints endpoints(2);
  endpoints.on_failed(start, 0, least);
  EXPECT_EQ(endpoints.entries()[0].passed_over_until, start + first / 2);
  endpoints = Endpoints(2);
  endpoints.on_failed(start, 0, most);
  EXPECT_EQ(endpoints.entries()[0].passed_over_until, start + first);
}

TEST(Endpoints, ThePauseDoublesUpToALimitAndBeginsAnewOnceReached) {
  Endpoints endpoints(2);
  Duration pause = first;
  for (int i = 0; i < 40; ++i) {
    endpoints.on_failed(start, 0, most);
    EXPECT_EQ(endpoints.entries()[0].passed_over_until, start + pause);
    pause = std::min<Duration>(2 * pause, limits::endpoint_backoff_max);
  }
  EXPECT_EQ(pause, Duration{limits::endpoint_backoff_max});
  endpoints.on_reached(0);
  endpoints.on_failed(start, 0, most);
  EXPECT_EQ(endpoints.entries()[0].passed_over_until, start + first);
  EXPECT_EQ(endpoints.entries()[0].failures, 41U);
}

TEST(Endpoints, WhenAllFailedTheSoonestIsTriedNevertheless) {
  Endpoints endpoints(3);
  endpoints.on_failed(start, 0, most);
  endpoints.on_failed(start, 1, least);
  endpoints.on_failed(start, 2, most);
  EXPECT_EQ(endpoints.to_try(start), Order{1});
  EXPECT_EQ(Endpoints(1).to_try(start), Order{0});
}

TEST(Endpoints, WhoIsConnectedToALaterOneReturnsWhenThePauseIsOver) {
  Endpoints endpoints(3);
  EXPECT_FALSE(endpoints.due_return());
  endpoints.on_failed(start, 0, most);
  endpoints.on_failed(start + 1ms, 1, most);
  endpoints.on_reached(2);
  ASSERT_TRUE(endpoints.due_return());
  EXPECT_EQ(endpoints.due_return()->index, 0U);
  EXPECT_EQ(endpoints.due_return()->due, start + first);
  endpoints.on_reached(0);
  EXPECT_FALSE(endpoints.due_return());
  EXPECT_EQ(endpoints.entries()[2].state, EndpointState::standby);
  EXPECT_EQ(endpoints.entries()[1].state, EndpointState::failed);
}

TEST(Endpoints, WhoLostItsConnectionHasNowhereToReturnTo) {
  Endpoints endpoints(2);
  endpoints.on_reached(1);
  endpoints.on_failed(start, 1, most);
  EXPECT_FALSE(endpoints.due_return());
}

}  // namespace
}  // namespace buddyring
