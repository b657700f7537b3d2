// SPDX-License-Identifier: Apache-2.0
// A ring's reports of its round trips: that they come, and never before what matters.
#include "tests/unit/ring_fixture.h"

namespace buddyring {
namespace {

class RingReportTest : public RingTest {
 protected:
  // So that all of a pool have reported.
  void pass_a_while() {
    constexpr Duration patience = limits::rtt_report_hold + limits::rtt_report_spread + std::chrono::seconds{5};
    pool_.step(static_cast<int>(patience / ModelPool::interval));
  }
};

TEST_F(RingReportTest, EachServerTellsOnceOfBothBuddies) {
  start(5);
  pass_a_while();
  std::set<std::string> told;
  for (const ReportRequest& report : pool_.reports) {
    told.insert(report.server);
    const RingMember& core = *pool_[report.server].core;
    EXPECT_EQ(report.incarnation, core.self().incarnation);
    EXPECT_EQ(report.rtts[0], (RttSummary{core.buddies().a()->name, 6}));
    EXPECT_EQ(report.rtts[1], (RttSummary{core.buddies().b()->name, 6}));
  }
  EXPECT_EQ(told.size(), 5U);
  EXPECT_EQ(pool_.reports.size(), 5U);
  pass_a_while();
  EXPECT_EQ(pool_.reports.size(), 5U) << "nothing has changed";
  expect_whole(5);
}

TEST_F(RingReportTest, WhoMissesABuddyDoesNotReport) {
  start(5);
  pool_.cut.insert({"s1", "s2"});
  pool_.cut.insert({"s2", "s1"});
  pass_a_while();
  for (const ReportRequest& report : pool_.reports) {
    EXPECT_TRUE(report.server != "s1" && report.server != "s2") << "its other buddy hears it, so it is missed for long";
  }
  EXPECT_EQ(pool_.reports.size(), 3U);
  pool_.cut.clear();
  pass_a_while();
  EXPECT_EQ(pool_.reports.size(), 5U);
}

TEST_F(RingReportTest, ARefusalIsToldOnceAndTheRingGoesOn) {
  start(3);
  pool_.refuses_reports = true;
  for (unsigned turn = 0; turn < 6; ++turn) {
    pass_a_while();
  }
  EXPECT_GE(pool_.reports.size(), 2U * 3) << "it is tried again";
  for (const char* const name : {"s1", "s2", "s3"}) {
    EXPECT_EQ(ModelPool::count(pool_[name], EventKind::unreported), 1U) << name;
    EXPECT_EQ(ModelPool::count(pool_[name], EventKind::registry_lost), 0U) << name;
  }
  expect_whole(3);
}

TEST_F(RingReportTest, NoneGoesToARegistryThatIsAway) {
  start(3);
  pool_.registry_up = false;
  pass_a_while();
  EXPECT_TRUE(pool_.reports.empty());
  pool_.registry_up = true;
  pool_.step(200);
  EXPECT_TRUE(pool_.reports.empty()) << "it is only just back";
  pass_a_while();
  EXPECT_EQ(pool_.reports.size(), 3U);
}

}  // namespace
}  // namespace buddyring
