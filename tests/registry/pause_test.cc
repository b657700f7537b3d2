// SPDX-License-Identifier: Apache-2.0
// Pauses of a whole pool's verdicts: what counts meanwhile, until when, and what is written down.
#include "core/limits.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;
using Outcome = DeleteReply::Outcome;

class PauseTest : public RegistryTest {
 protected:
  PauseReply pause(std::chrono::seconds length) {
    const auto reply = client().pause(pool(), {.server = "", .by = "olga", .why = "a new switch"}, length);
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? reply.value() : PauseReply{};
  }
  Outcome outcome(const DeleteRequest& request) { return judge(request).outcome; }
};

TEST_F(PauseTest, NoVerdictCountsUntilItIsOver) {
  make_table_5(5);
  stop_clock_at(0s);
  pause(60s);
  const Ring before = ring();
  const uint64_t version = client().pool_version(pool()).value();
  stop_clock_at(60s - 1us);
  const DeleteReply refused = judge(verdict("s1", {"s2"}, "s3"));
  EXPECT_EQ(refused.outcome, Outcome::paused);
  EXPECT_FALSE(refused.buddies[0] || refused.buddies[1]);
  EXPECT_EQ(refused.own, row("s1"));
  EXPECT_EQ(outcome(verdict("s1", {"s2", "s3"}, "s4")), Outcome::paused);
  EXPECT_EQ(ring(), before);
  EXPECT_EQ(client().pool_version(pool()).value(), version);
  stop_clock_at(60s);
  EXPECT_EQ(outcome(verdict("s1", {"s2"}, "s3")), Outcome::deleted);
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

TEST_F(PauseTest, WhoLeavesOrIsRemovedGoesAllTheSame) {
  make_table_5(4);
  pause(1h);
  DeleteRequest left{.server = "s2", .incarnation = 1, .accuser = "s2", .reason = DeleteReason::left, .evidence = {}};
  EXPECT_EQ(outcome(left), Outcome::deleted);
  EXPECT_EQ(remove("s3", "olga").outcome, Outcome::deleted);
  EXPECT_FALSE(announce("s3").rejoined) << "and may come";
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

// Whoever would be refused anyway is told why.
TEST_F(PauseTest, IsNoReasonForWhoIsNoBuddy) {
  make_table_5(5);
  pause(1h);
  DeleteRequest request = verdict("s1", {"s2"}, "s3");
  request.accuser = "s4";
  EXPECT_EQ(outcome(request), Outcome::not_buddy);
  request = verdict("s1", {"s2"}, "s3");
  request.incarnation += 1;
  EXPECT_EQ(outcome(request), Outcome::superseded);
}

TEST_F(PauseTest, OfOnePoolIsNoneOfAnother) {
  announce("s1");
  pause(1h);
  const std::string other = pool() + "-other";
  for (const char* const server : {"s1", "s2", "s3"}) {
    ASSERT_TRUE(client().announce(other, {.server = make_server(server)}));
  }
  const DeleteRequest request{.server = "s2",
                              .incarnation = client().row(other, {"s2"}).value().own->incarnation,
                              .accuser = "s1",
                              .reason = DeleteReason::dead,
                              .evidence = {},
                              .witness = "s3",
                              .word = WitnessWord::concurs};
  EXPECT_EQ(client().remove(other, request).value().outcome, Outcome::deleted);
  EXPECT_FALSE(client().list(other).value().paused_left);
}

TEST_F(PauseTest, EndsWhenItIsResumedAndLastsAsLongAsWasSaidLast) {
  make_table_5(5);
  stop_clock_at(0s);
  EXPECT_EQ(pause(10s).until, "2023-11-14 22:13:30.000000");
  EXPECT_EQ(pause(3600s).until, "2023-11-14 23:13:20.000000");
  stop_clock_at(11s);
  EXPECT_EQ(outcome(verdict("s1", {"s2"}, "s3")), Outcome::paused);
  EXPECT_EQ(client().list(pool()).value().paused_left, Duration{3589s});
  EXPECT_EQ(pause(5s).until, "2023-11-14 22:13:36.000000") << "sooner than it was";
  stop_clock_at(16s);
  EXPECT_FALSE(client().list(pool()).value().paused_left);
  EXPECT_FALSE(pause(0s).changed) << "it is over by itself";
  pause(10s);
  const uint64_t version = client().pool_version(pool()).value();
  EXPECT_TRUE(pause(0s).changed);
  EXPECT_EQ(client().pool_version(pool()).value(), version + 1) << "a router must hear of it";
  EXPECT_FALSE(client().list(pool()).value().paused_left);
  EXPECT_EQ(outcome(verdict("s1", {"s2"}, "s3")), Outcome::deleted);
}

// They know no such outcome, and ask again when they are told that they deleted too many.
TEST_F(PauseTest, ProgramsOfEarlierVersionsAreToldWhatTheyKnow) {
  make_table_5(5);
  pause(1h);
  Connection old(database().url(owner_user, registry_database), owner_password);
  ASSERT_TRUE(std::holds_alternative<Done>(old.open()));
  for (const char* const version : {"NULL", "2", "3"}) {
    ASSERT_TRUE(std::holds_alternative<Done>(old.execute(std::string("SET @buddyring_version = ") + version)));
    const auto sets =
        old.call("ServerDelete",
                 {pool(), std::string("s2"), row("s2").incarnation, std::string("s1"), std::string("dead"), uint64_t{1},
                  uint64_t{2}, uint64_t{3}, std::string(), std::string(), std::string("s3"), std::string("concurs")});
    ASSERT_TRUE(std::holds_alternative<std::vector<ResultSet>>(sets));
    EXPECT_EQ(std::get<std::vector<ResultSet>>(sets).at(0).rows.at(0).at(0), "capped") << version;
  }
  EXPECT_EQ(outcome(verdict("s1", {"s2"}, "s3")), Outcome::paused);
}

TEST_F(PauseTest, TheAuditSaysWhoWhyHowLongAndByWhichAccount) {
  announce("s1");
  pause(90s);
  pause(0s);
  pause(0s);
  ASSERT_TRUE(client().note_rejoin(pool(), {.server = "s1", .by = "olga", .why = "another rack"}).value());
  remove("s1");
  EXPECT_FALSE(client().note_rejoin(pool(), {.server = "s1", .by = "otto", .why = ""}).value()) << "it is away";
  const std::string account = std::string(agent_user) + "@" + database().bind_address();
  EXPECT_EQ(sql("SELECT event, server, address, accuser, detail, account FROM audit WHERE pool = '$POOL' AND "
                "event NOT IN ('announced', 'deleted') ORDER BY id"),
            (lab::MariaDb::Rows{{"paused", "", "", "olga", "for 90 s: a new switch", account},
                                {"resumed", "", "", "olga", "a new switch", account},
                                {"rejoin_asked", "s1", "10.0.0.1", "olga", "another rack", account},
                                {"rejoin_asked", "s1", "", "otto", "", account}}));
  const auto entries = client().audit(pool(), "", 10).value();
  EXPECT_EQ(entries.back().event, "announced");
  EXPECT_EQ(entries.at(entries.size() - 2).event, "paused") << "it is read back";
  EXPECT_EQ(entries.at(entries.size() - 2).server, "");
}

TEST_F(PauseTest, RefusesWhatIsNoPoolNoOperatorAndTooLong) {
  announce("s1");
  const auto kind = [this](const std::string& of, const std::string& by, std::chrono::seconds length) {
    return client().pause(of, {.server = "", .by = by, .why = ""}, length).error().kind;
  };
  EXPECT_EQ(kind("unknown", "olga", 1s), ErrorKind::not_found);
  EXPECT_EQ(kind(pool(), "", 1s), ErrorKind::invalid);
  EXPECT_EQ(kind(pool(), "o'lga", 1s), ErrorKind::invalid);
  EXPECT_EQ(kind(pool(), "olga", std::chrono::seconds{limits::pause_max} + 1s), ErrorKind::invalid);
  EXPECT_TRUE(pause(limits::pause_max).changed);
  EXPECT_EQ(client().note_rejoin(pool(), {.server = "s2", .by = "olga", .why = ""}).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace buddyring
