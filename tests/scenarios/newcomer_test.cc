// SPDX-License-Identifier: Apache-2.0
// Servers whose answers arrive nowhere, as behind a card that sends nothing that a
// program hands it: they must find that out before they announce themselves.
#include "core/limits.h"
#include "tests/scenarios/scenario.h"

namespace buddyring::sim {
namespace {

constexpr Nanos patience = nanos(limits::introduction_patience);

class Newcomer : public Scenario {
 protected:
  // A host more, whose answers are lost for `span`.
  NodeId boot_unheard(Nanos span) {
    const NodeId host = world().add_host("s" + std::to_string(world().nodes.size()), "");
    afflict(FaultKind::answers_vanish, {host}, span);
    world().boot(host);
    return host;
  }
};

TEST_F(Newcomer, WhomNobodyHearsIsNeverAnnouncedAndTroublesNobody) {
  for (const unsigned servers : {1U, 2U, 6U}) {
    start(servers);
    const NodeId host = boot_unheard(5 * patience);
    const uint64_t version = world().registry.table().version();
    go_on(4 * patience);  // it is started again each time
    EXPECT_EQ(world().registry.table().version(), version) << servers;
    EXPECT_EQ(live_deleted(), 0U);
    go_on(patience + 2 * second);
    expect_whole(3 * patience);
    EXPECT_TRUE(has_row(host)) << servers;
  }
}

TEST_F(Newcomer, IsAnnouncedInNoTimeWhereNothingIsWrong) {
  start(6);
  const NodeId host = world().add_host("s6", "");
  world().boot(host);
  go_on(20 * millisecond);
  EXPECT_TRUE(has_row(host));
}

TEST_F(Newcomer, AMemberWhoseAnswersVanishIsDeletedOnceAndStaysOut) {
  start(6);
  afflict(FaultKind::answers_vanish, {1}, 4 * patience);
  go_on(3 * patience);
  EXPECT_FALSE(has_row(1));
  EXPECT_EQ(world().node(1).core()->counters().removals, 1U);
  go_on(2 * patience);
  expect_whole(6 * patience);
  EXPECT_TRUE(has_row(1));
}

TEST_F(Newcomer, ARestartedServerWhoseAnswersVanishLosesItsPlace) {
  start(6);
  world().node(1).kill_agent();
  afflict(FaultKind::answers_vanish, {1}, 2 * patience);
  world().boot(1);
  go_on(patience);
  EXPECT_FALSE(has_row(1));
}

TEST_F(Newcomer, APoolThatStartsAsAWholeDoesNotWait) {
  start(5);
  for (NodeId host = 0; host < 5; ++host) {
    world().node(host).kill_agent();
  }
  for (NodeId host = 0; host < 5; ++host) {
    world().boot(host);
  }
  EXPECT_LE(expect_whole(20 * second), 5 * second) << "nobody is a member who could hear another";
  EXPECT_EQ(rows(), 5U);
}

}  // namespace
}  // namespace buddyring::sim
