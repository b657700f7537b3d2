// SPDX-License-Identifier: Apache-2.0
// When a server tells of its round trips, and what: by classes that have held, and rarely.
#include "core/rtt_report.h"

#include <gtest/gtest.h>

#include <map>

namespace buddyring {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

using Told = std::array<RttSummary, 2>;

class RttReportTest : public testing::Test {
 protected:
  // Samples once a second for so long; a report that is due is taken by the table.
  void pass(Duration length, Duration rtt_a, Duration rtt_b) {
    for (const Instant end = now + length; now < end; now += seconds{1}) {
      report.sample(now, {{{a, rtt_a}, {b, rtt_b}}});
      if (report.due(now)) {
        told.emplace_back(now, report.summary());
        report.on_reply(now, report.summary(), true);
        EXPECT_FALSE(report.due(now));
      }
    }
  }
  std::string a = "s2";
  std::string b = "s3";
  RttReport report{0};  // whose while has nothing added to it
  Instant now{seconds{1000}};
  std::vector<std::pair<Instant, Told>> told;
};

TEST_F(RttReportTest, TellsFirstWhenItHasHeldAndThenNoMoreWhileNothingChanges) {
  const Instant start = now;
  pass(limits::rtt_report_hold, microseconds{50}, milliseconds{3});
  EXPECT_TRUE(told.empty());
  pass(std::chrono::hours{24}, microseconds{50}, milliseconds{3});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].first, start + limits::rtt_report_hold);
  EXPECT_EQ(told[0].second, (Told{{{"s2", 6}, {"s3", 12}}}));
}

TEST_F(RttReportTest, WaitsLongerByAnAmountOfItsOwn) {
  std::map<Duration, unsigned> waits;
  for (unsigned number = 0; number < 100; ++number) {
    RttReport each(identity_of("p", "s" + std::to_string(number)));
    Duration waited{};
    for (Instant at = now; waited == Duration{}; at += seconds{1}) {
      each.sample(at, {{{"x", microseconds{50}}, {"y", microseconds{50}}}});
      waited = each.due(at) ? at - now : Duration{};
    }
    EXPECT_GE(waited, limits::rtt_report_hold);
    EXPECT_LE(waited, limits::rtt_report_hold + limits::rtt_report_spread);
    ++waits[waited];
  }
  EXPECT_GT(waits.size(), 30U) << "they would all come at once";
}

TEST_F(RttReportTest, AnotherClassIsToldOnceALongWhileIsOver) {
  pass(seconds{100}, microseconds{50}, microseconds{50});
  ASSERT_EQ(told.size(), 1U);
  pass(limits::rtt_report_pause, microseconds{900}, microseconds{50});
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1].first - told[0].first, limits::rtt_report_pause);
  EXPECT_EQ(told[1].second, (Told{{{"s2", 10}, {"s3", 6}}}));
  // It changes all the time: six an hour is all.
  told.clear();
  for (unsigned turn = 0; turn < 12; ++turn) {
    pass(seconds{300}, turn % 2 == 0 ? microseconds{50} : milliseconds{9}, microseconds{50});
  }
  EXPECT_LE(told.size(), 6U);
}

TEST_F(RttReportTest, ABuddyThatIsNewIsToldOfBefore) {
  pass(seconds{100}, microseconds{50}, microseconds{50});
  const Instant replaced = now;
  b = "s9";
  pass(seconds{100}, microseconds{50}, microseconds{300});
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1].first, replaced + limits::rtt_report_hold);
  EXPECT_EQ(told[1].second, (Told{{{"s2", 6}, {"s9", 9}}}));
}

TEST_F(RttReportTest, WhatIsFarOffOrCloseToABorderIsNoNews) {
  pass(seconds{100}, microseconds{50}, microseconds{50});
  for (unsigned turn = 0; turn < 100; ++turn) {
    pass(seconds{29}, microseconds{turn % 2 == 0 ? 60U : 68U}, microseconds{50});
    pass(seconds{1}, milliseconds{500}, microseconds{1});
  }
  EXPECT_EQ(told.size(), 1U);
}

TEST_F(RttReportTest, WhoWasNotHeardIsNoNews) {
  pass(std::chrono::hours{1}, Duration{}, Duration{});
  EXPECT_TRUE(told.empty());
  b = "";
  pass(seconds{100}, microseconds{50}, Duration{});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].second, (Told{{{"s2", 6}, {"", 0}}}));
}

TEST_F(RttReportTest, AnErrorPutsItOffAndARefusalForLonger) {
  const auto sample_until_due = [this] {
    const Instant start = now;
    for (; !report.due(now); now += seconds{1}) {
      report.sample(now, {{{a, microseconds{50}}, {b, microseconds{50}}}});
    }
    return now - start;
  };
  sample_until_due();
  report.on_error(now);
  EXPECT_GE(sample_until_due(), limits::rtt_report_hold);
  EXPECT_TRUE(report.on_refused(now));
  EXPECT_GE(sample_until_due(), limits::rtt_report_pause);
  EXPECT_FALSE(report.on_refused(now)) << "is told of once";
  EXPECT_GE(sample_until_due(), limits::rtt_report_pause);
  report.on_reply(now, report.summary(), false);
  EXPECT_GE(sample_until_due(), limits::rtt_report_hold) << "the table did not know it";
  report.on_reply(now, report.summary(), true);
  report.on_announced(now);
  EXPECT_GE(sample_until_due(), limits::rtt_report_hold) << "a new life's row has none yet";
}

}  // namespace
}  // namespace buddyring
