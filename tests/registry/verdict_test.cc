// SPDX-License-Identifier: Apache-2.0
// ServerDelete by a verdict: what is refused, witnesses and their words, disputes,
// the cap.
#include "core/limits.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;
using Outcome = DeleteReply::Outcome;

class VerdictTest : public RegistryTest {
 protected:
  // Everything but the marks.
  lab::MariaDb::Rows whole_pool() {
    auto rows =
        sql("SELECT slot, name, address, replace_port, incarnation, epoch, buddy_a, buddy_b, zone FROM server WHERE "
            "pool_id = $ID ORDER BY name");
    for (const char* const other :
         {"SELECT size, version FROM pool WHERE name = '$POOL'", "SELECT COUNT(*) FROM audit WHERE pool = '$POOL'",
          "SELECT name, incarnation, epoch FROM server_incarnation WHERE pool_id = $ID ORDER BY name"}) {
      const auto more = sql(other);
      rows.insert(rows.end(), more.begin(), more.end());
    }
    return rows;
  }
  void expect_refused(const DeleteRequest& request, Outcome outcome, const std::string& why) {
    const auto before = whole_pool();
    const DeleteReply reply = judge(request);
    EXPECT_EQ(reply.outcome, outcome) << why;
    EXPECT_FALSE(reply.buddies[0] || reply.buddies[1]) << why;
    EXPECT_EQ(whole_pool(), before) << why;
    EXPECT_EQ(reply.own, client().row(pool(), {request.accuser}).value().own) << why;
  }
  void suspect(const std::string& server, const std::string& of) {
    ASSERT_TRUE(client().beyond(pool(), {.server = server, .suspect = of}));
  }
};

TEST_F(VerdictTest, AWrongRunIsChangedAndNothingElse) {
  make_table_5(6);  // s1 accuses s2
  const auto changed = [this](const DeleteRequest& request, const std::string& why) {
    expect_refused(request, Outcome::changed, why);
  };
  changed(verdict("s1", {"s2"}, "s4"), "the next is s3");
  changed(verdict("s1", {"s2", "s3"}, "s3"), "the next is s4");
  changed(verdict("s1", {"s2", "s4"}, "s5"), "s3 is between");
  changed(verdict("s1", {"s2", "s6"}, "s5"), "the wrong way round");
  changed(verdict("s1", {"s2", "s2"}, "s3"), "twice the same");
  changed(verdict("s1", {"s2"}), "not closed");
  changed(verdict("s1", {"s2", "s3", "s4", "s5"}), "s6 is left");
  changed(verdict("s1", {"s2", "s3", "s4", "s5", "s6"}, "s1"), "nobody is its own witness");
  changed(verdict("s1", {"s2", "s3", "s4", "s5", "s6", "s1"}), "nobody deletes itself so");
  changed(verdict("s1", {"s2", "s3", "s4", "s5", "s6", "s1", "s2"}, "s3"), "nor by going round");

  DeleteRequest other = verdict("s1", {"s2", "s3"}, "s4");
  other.run[0].incarnation += 1;
  changed(other, "another incarnation of s3");
  other.run[0].incarnation = 0;
  changed(other, "any incarnation");
  other.run[0] = {.server = "s9", .incarnation = 1};
  changed(other, "not in the table");
  other.run[0] = {.server = "", .incarnation = 1};
  changed(other, "nobody");
  other = verdict("s1", {"s2"}, "s3");
  other.witness.clear();
  changed(other, "no witness");
  other.word = WitnessWord::abstains;
  changed(other, "no witness");
  other = verdict("s1", {"s2", "s3", "s4", "s5", "s6"});
  other.witness = "s3";
  changed(other, "all are dead, and one concurs");

  other = verdict("s1", {"s2", "s3"}, "s4");
  EXPECT_EQ(judge(other).outcome, Outcome::deleted);
}

TEST_F(VerdictTest, OfTwoTheOtherCannotBeItsOwnWitness) {
  make_table_5(2);
  expect_refused(verdict("s1", {"s2"}, "s1"), Outcome::changed, "the accuser is the next");
  expect_refused(verdict("s1", {"s2", "s1"}, "s2"), Outcome::changed, "the accuser in the run");
  expect_refused(verdict("s1", {"s2", "s1"}), Outcome::changed, "the accuser in the run");
  EXPECT_EQ(judge(verdict("s1", {"s2"})).outcome, Outcome::deleted);
}

TEST_F(VerdictTest, BeyondIsForEightAndOneThatIsLeft) {
  make_table_5(12);
  DeleteRequest request = verdict("s1", servers_from_2(7));
  request.word = WitnessWord::beyond;
  expect_refused(request, Outcome::changed, "seven");
  request = verdict("s1", servers_from_2(8));
  request.word = WitnessWord::beyond;
  request.witness = "s10";
  expect_refused(request, Outcome::changed, "a witness that says nothing");
  request.witness.clear();
  const DeleteReply reply = judge(request);
  EXPECT_EQ(reply.outcome, Outcome::deleted);
  ASSERT_TRUE(reply.buddies[1]);
  EXPECT_EQ(reply.buddies[1]->server.name, "s10");
  EXPECT_EQ(ring().size(), 4U);
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

// Else it would be a way past the dispute.
TEST_F(VerdictTest, BeyondIsNotForAllTheRest) {
  make_table_5(9);
  DeleteRequest request = verdict("s1", servers_from_2(8));
  request.word = WitnessWord::beyond;
  expect_refused(request, Outcome::changed, "nobody else is left");
}

TEST_F(VerdictTest, AFreshMarkDisputesBeyondToo) {
  make_table_5(12);
  stop_clock_at(0s);
  suspect("s2", "s1");
  suspect("s12", "s1");
  DeleteRequest request = verdict("s1", servers_from_2(8));
  request.word = WitnessWord::beyond;
  stop_clock_at(limits::mark_window - 1us);
  expect_refused(request, Outcome::disputed, "s2 lives, for it has just accused s1");
  stop_clock_at(limits::mark_window);
  EXPECT_EQ(judge(request).outcome, Outcome::deleted);
}

// It says nothing about whether those that are accused live.
TEST_F(VerdictTest, TheOtherBuddysMarkDisputesNothing) {
  make_table_5(12);
  stop_clock_at(0s);
  suspect("s12", "s1");
  DeleteRequest request = verdict("s1", servers_from_2(8));
  request.word = WitnessWord::beyond;
  EXPECT_EQ(judge(request).outcome, Outcome::deleted);
}

TEST_F(VerdictTest, MoreThanEightAreInvalid) {
  make_table_5(12);
  const auto refused = client().remove(pool(), verdict("s1", servers_from_2(9), "s11"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
  EXPECT_EQ(ring().size(), 12U);
}

TEST_F(VerdictTest, IsOnOneIncarnation) {
  make_table_5(4);
  DeleteRequest request = verdict("s1", {"s2"}, "s3");
  request.incarnation = 0;
  const auto refused = client().remove(pool(), request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
  EXPECT_EQ(ring().size(), 4U);
}

TEST_F(VerdictTest, TheLongestNamesMakeARun) {
  std::vector<std::string> names;
  for (unsigned i = 1; i <= 10; ++i) {
    Server server = make_server("s" + std::to_string(i));
    server.name = std::string(61, 'x') + std::to_string(10 + i);
    server.incarnation = (uint64_t{1} << 63) - 1;
    // Each beside the one before: between it and its A.
    ASSERT_TRUE(client().announce(pool(), {.server = server, .beside = names.empty() ? "" : names.back()}));
    names.push_back(server.name);
  }
  // In the order of the ring, from the first.
  std::vector<std::string> order{names[0]};
  std::string next = ring()[names[0]].first;
  while (next != names[0]) {
    const auto [a, b] = ring()[next];
    const std::string onward = a == order.back() ? b : a;
    order.push_back(next);
    next = onward;
  }
  ASSERT_EQ(order.size(), 10U);
  EXPECT_EQ(judge(verdict(order[0], {order.begin() + 1, order.begin() + 9}, order[9])).outcome, Outcome::deleted);
  EXPECT_EQ(ring().size(), 2U);
}

TEST_F(VerdictTest, AVerdictNeedsAWord) {
  make_table_5(3);
  DeleteRequest request = verdict("s1", {"s2"}, "s3");
  request.word = WitnessWord::none;
  const auto refused = client().remove(pool(), request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
  EXPECT_EQ(ring().size(), 3U);
}

TEST_F(VerdictTest, RunAndWordAreForVerdictsAlone) {
  make_table_5(4);
  DeleteRequest request = verdict("s1", {"s2", "s3"}, "s4");
  request.reason = DeleteReason::removed;
  const DeleteReply reply = judge(request);
  EXPECT_EQ(reply.outcome, Outcome::deleted);
  EXPECT_EQ(ring().size(), 3U);
  EXPECT_EQ(sql("SELECT server, witness, word FROM audit WHERE pool = '$POOL' AND event = 'deleted'"),
            (lab::MariaDb::Rows{{"s2", "NULL", "NULL"}}));
}

TEST_F(VerdictTest, TheEarlierOutcomesComeFirst) {
  make_table_5(5);
  DeleteRequest request = verdict("s1", {"s2", "s3"}, "s4");
  request.witness = "s5";
  request.incarnation += 1;
  expect_refused(request, Outcome::superseded, "another incarnation");
  request.incarnation -= 1;
  request.accuser = "s4";
  expect_refused(request, Outcome::not_buddy, "not a buddy of the first");
}

TEST_F(VerdictTest, AnAccuserThatIsNotThereIsNoBuddy) {
  make_table_5(4);
  const DeleteRequest request = verdict("s2", {"s1"}, "s4");
  sql("DELETE FROM server WHERE pool_id = $ID AND name = 's2'");
  EXPECT_EQ(judge(request).outcome, Outcome::not_buddy);
}

TEST_F(VerdictTest, WitnessAndWordAreInTheAudit) {
  make_table_5(10);
  const auto with = [](DeleteRequest request, WitnessWord word) {
    request.evidence = {.last_answer_ns = 5, .verdict_ns = 9, .misses = 3, .detail = "silent"};
    request.word = word;
    return request;
  };
  EXPECT_EQ(judge(with(verdict("s1", {"s2"}, "s3"), WitnessWord::concurs)).outcome, Outcome::deleted);
  EXPECT_EQ(judge(with(verdict("s1", {"s3", "s4"}, "s5"), WitnessWord::abstains)).outcome, Outcome::deleted);
  EXPECT_EQ(judge(with(verdict("s1", {"s5", "s6", "s7", "s8", "s9", "s10"}), WitnessWord::closed)).outcome,
            Outcome::deleted);
  const auto rows =
      sql("SELECT server, accuser, reason, last_answer_ns, verdict_ns, misses, detail, witness, word FROM audit WHERE "
          "pool = '$POOL' AND event = 'deleted' ORDER BY id LIMIT 4");
  EXPECT_EQ(rows, (lab::MariaDb::Rows{{"s2", "s1", "dead", "5", "9", "3", "silent", "s3", "concurs"},
                                      {"s3", "s1", "dead", "5", "9", "3", "silent", "s5", "abstains"},
                                      {"s4", "s1", "dead", "NULL", "9", "3", "silent", "s5", "abstains"},
                                      {"s5", "s1", "dead", "5", "9", "3", "silent", "NULL", "closed"}}));
  const auto listed = sql("CALL AuditList('$POOL', 's3', 1)");
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ((std::vector<std::string>{listed[0].end() - 3, listed[0].end() - 1}),
            (std::vector<std::string>{"s5", "abstains"}));
}

// The database's clock was set back: what it then calls the future is no evidence for
// longer than it would have been.
TEST_F(VerdictTest, AMarkOfTheFutureDisputesNobody) {
  make_table_5(3);
  stop_clock_at(3600s);
  suspect("s3", "s1");
  stop_clock_at(3600s - limits::mark_window + 1us);
  expect_refused(verdict("s1", {"s2", "s3"}), Outcome::disputed, "clocks of two nodes may differ a little");
  stop_clock_at(0s);
  EXPECT_EQ(judge(verdict("s1", {"s2", "s3"})).outcome, Outcome::deleted);
}

TEST_F(VerdictTest, AFreshMarkDisputesWhoeverHasNoWitness) {
  make_table_5(3);
  stop_clock_at(0s);
  suspect("s3", "s1");
  stop_clock_at(limits::mark_window - 1us);
  expect_refused(verdict("s1", {"s2", "s3"}), Outcome::disputed, "s3 lives, for it has just accused s1");
  stop_clock_at(limits::mark_window);
  EXPECT_EQ(judge(verdict("s1", {"s2", "s3"})).outcome, Outcome::deleted);
  EXPECT_EQ(ring(), (Ring{{"s1", {"", ""}}}));
}

TEST_F(VerdictTest, OfTwoThatAccuseEachOtherNeitherIsDeleted) {
  make_table_5(2);
  suspect("s1", "s2");
  suspect("s2", "s1");
  expect_refused(verdict("s1", {"s2"}), Outcome::disputed, "s1");
  expect_refused(verdict("s2", {"s1"}), Outcome::disputed, "s2");
}

TEST_F(VerdictTest, AMarkDoesNotDisputeAWitness) {
  make_table_5(3);
  suspect("s3", "s1");
  EXPECT_EQ(judge(verdict("s1", {"s2"}, "s3")).outcome, Outcome::deleted);
}

TEST_F(VerdictTest, SixteenAMinuteAreDeletedByOne) {
  static_assert(limits::deletions_max == 16);
  make_table_5(30);
  stop_clock_at(0s);
  EXPECT_EQ(judge(verdict("s1", {"s2", "s3"}, "s4")).outcome, Outcome::deleted);
  stop_clock_at(1s);
  EXPECT_EQ(judge(verdict("s1", {"s4", "s5", "s6", "s7", "s8", "s9"}, "s10")).outcome, Outcome::deleted);
  EXPECT_EQ(judge(verdict("s1", {"s10", "s11", "s12", "s13", "s14", "s15"}, "s16")).outcome, Outcome::deleted);
  expect_refused(verdict("s1", {"s16", "s17", "s18"}, "s19"), Outcome::capped, "would be the seventeenth");
  EXPECT_EQ(judge(verdict("s1", {"s16", "s17"}, "s18")).outcome, Outcome::deleted);
  expect_refused(verdict("s1", {"s18"}, "s19"), Outcome::capped, "the seventeenth");

  // Another accuser has a count of its own, and so has whoever leaves or is removed.
  EXPECT_EQ(judge(verdict("s19", {"s18"}, "s1")).outcome, Outcome::deleted);
  EXPECT_EQ(remove("s20", "s1").outcome, Outcome::deleted);

  stop_clock_at(limits::deletions_window - 1us);
  expect_refused(verdict("s1", {"s19"}, "s21"), Outcome::capped, "still");
  stop_clock_at(limits::deletions_window);
  expect_refused(verdict("s1", {"s19", "s21", "s22"}, "s23"), Outcome::capped, "two may go");
  EXPECT_EQ(judge(verdict("s1", {"s19", "s21"}, "s22")).outcome, Outcome::deleted);
  expect_refused(verdict("s1", {"s22"}, "s23"), Outcome::capped, "and not a third");
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

TEST_F(VerdictTest, CapsArePerPool) {
  make_table_5(3);
  for (unsigned i = 0; i < 16; ++i) {
    sql("INSERT INTO audit (pool, event, server, address, incarnation, accuser, reason) VALUES "
        "('another', 'deleted', 'x', '', 1, 's1', 'dead')");
  }
  EXPECT_EQ(judge(verdict("s1", {"s2"}, "s3")).outcome, Outcome::deleted);
}

TEST_F(VerdictTest, TheCapIsCountedByAnIndex) {
  make_table_5(2);
  const auto plan =
      sql("EXPLAIN SELECT COUNT(*) FROM audit WHERE pool = '$POOL' AND accuser = 's1' AND event = 'deleted' AND "
          "reason = 'dead' AND at > NOW(6) - INTERVAL 60 SECOND");
  ASSERT_EQ(plan.size(), 1U);
  EXPECT_EQ(plan[0][5], "audit_pool_accuser");
}

}  // namespace
}  // namespace buddyring
