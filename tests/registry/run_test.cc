// SPDX-License-Identifier: Apache-2.0
// ServerDelete of a run of adjacent servers: of each length, from both ends, and
// all the way round.
#include <algorithm>
#include <array>
#include <tuple>

#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

using Outcome = DeleteReply::Outcome;

// Size of the pool, length of the run, and from which end it is judged.
class RunTest : public RegistryTest, public ::testing::WithParamInterface<std::tuple<unsigned, unsigned, bool>> {};

TEST_P(RunTest, GoesAtOnce) {
  const auto [size, count, backwards] = GetParam();
  make_table_5(size);
  const std::string one = "s1";
  const std::string other = "s" + std::to_string(count + 2 > size ? 1 : count + 2);
  const std::string accuser = backwards ? other : one;
  const std::string beyond = backwards ? one : other;
  auto dead = servers_from_2(count);
  if (backwards) {
    std::reverse(dead.begin(), dead.end());
  }
  const uint64_t version = client().pool_version(pool()).value();
  const Epoch accuser_epoch = row(accuser).epoch;
  const Epoch beyond_epoch = row(beyond).epoch;

  const DeleteReply reply = judge(verdict(accuser, dead, one == other ? "" : beyond));
  ASSERT_EQ(reply.outcome, Outcome::deleted);
  EXPECT_EQ(violations(), std::vector<std::string>{});
  EXPECT_EQ(ring().size(), size - count);
  for (const auto& name : dead) {
    EXPECT_FALSE(ring().contains(name));
  }
  EXPECT_EQ(client().pool_version(pool()).value(), version + 1);
  EXPECT_EQ(reply.own, row(accuser));

  // The ends with their epochs as they are now: once for each that went at the
  // accuser, once beyond.
  ASSERT_TRUE(reply.buddies[0] && reply.buddies[1]);
  const std::array<std::string, 2> ends{reply.buddies[0]->server.name, reply.buddies[1]->server.name};
  if (count > 1) {
    EXPECT_EQ(ends, (std::array{accuser, beyond}));
  } else {
    EXPECT_TRUE(std::is_permutation(ends.begin(), ends.end(), std::array{accuser, beyond}.begin()));
  }
  for (const auto& end : reply.buddies) {
    EXPECT_EQ(end->epoch, row(end->server.name).epoch);
  }
  if (accuser != beyond) {
    EXPECT_EQ(row(accuser).epoch, accuser_epoch + count);
    EXPECT_EQ(row(beyond).epoch, beyond_epoch + 1);
  }
  EXPECT_EQ(sql("SELECT server FROM audit WHERE pool = '$POOL' AND event = 'deleted'").size(), count);
  EXPECT_EQ(judge({.server = dead[0],
                   .incarnation = 1,
                   .accuser = accuser,
                   .reason = DeleteReason::dead,
                   .evidence = {},
                   .word = WitnessWord::closed})
                .outcome,
            Outcome::already);
}

INSTANTIATE_TEST_SUITE_P(InALargerPool, RunTest,
                         ::testing::Combine(::testing::Values(12U), ::testing::Range(1U, 9U), ::testing::Bool()));
INSTANTIATE_TEST_SUITE_P(AllButTwo, RunTest,
                         ::testing::Values(std::tuple{3U, 1U, false}, std::tuple{3U, 1U, true},
                                           std::tuple{4U, 2U, false}, std::tuple{4U, 2U, true},
                                           std::tuple{10U, 8U, false}, std::tuple{10U, 8U, true}));
INSTANTIATE_TEST_SUITE_P(AllButOne, RunTest,
                         ::testing::Values(std::tuple{2U, 1U, false}, std::tuple{3U, 2U, false},
                                           std::tuple{3U, 2U, true}, std::tuple{4U, 3U, false},
                                           std::tuple{4U, 3U, true}, std::tuple{9U, 8U, false}));

}  // namespace
}  // namespace buddyring
