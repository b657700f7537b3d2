// SPDX-License-Identifier: Apache-2.0
// What servers tell of their round trips: taken of who is in the table, and nothing to the ring.
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

class ReportTest : public RegistryTest {
 protected:
  bool report(const std::string& server, unsigned class_a = 6, unsigned class_b = 9) {
    const OwnRow own = row(server);
    const auto reply = client().report(pool(), request_of(server, own, class_a, class_b));
    EXPECT_TRUE(reply) << reply.error().message;
    return reply && reply.value().taken;
  }
  static ReportRequest request_of(const std::string& server, const OwnRow& own, unsigned class_a, unsigned class_b) {
    return {.server = server,
            .incarnation = own.incarnation,
            .rtts = {{{own.buddy_a ? own.buddy_a->server.name : "", class_a},
                      {own.buddy_b ? own.buddy_b->server.name : "", class_b}}}};
  }
  // As "server buddy_a class_a buddy_b class_b".
  std::vector<std::string> reports(unsigned limit = 100) {
    const auto all = client().reports(pool(), limit);
    EXPECT_TRUE(all) << all.error().message;
    std::vector<std::string> texts;
    for (const RttReportRow& each : all ? all.value() : std::vector<RttReportRow>{}) {
      std::string text = each.server;
      for (const RttSummary& rtt : each.rtts) {
        text += " " + rtt.buddy + " " + std::to_string(rtt.rtt_class);
      }
      texts.push_back(text);
    }
    return texts;
  }
  std::string kept() { return sql("SELECT COUNT(*) FROM report WHERE pool_id = $ID")[0][0]; }
};

using Texts = std::vector<std::string>;

TEST_F(ReportTest, IsReadAsItWasToldLast) {
  make_table_5(4);
  EXPECT_TRUE(reports().empty());
  EXPECT_TRUE(report("s2", 6, 9));
  EXPECT_TRUE(report("s1", 0, 40));
  EXPECT_TRUE(report("s2", 7, 9));
  EXPECT_EQ(reports(), (Texts{"s1 s2 0 s4 40", "s2 s3 7 s1 9"}));
  EXPECT_EQ(reports(1), (Texts{"s1 s2 0 s4 40"}));
  EXPECT_EQ(client().reports("nobody", 9).value().size(), 0U);
}

TEST_F(ReportTest, ChangesNothingOfTheRing) {
  make_table_5(4);
  const auto before = sql("SELECT * FROM server WHERE pool_id = $ID");
  const auto pool_before = sql("SELECT * FROM pool WHERE pool_id = $ID");
  const auto audit_before = sql("SELECT COUNT(*) FROM audit WHERE pool = '$POOL'");
  EXPECT_TRUE(report("s3"));
  EXPECT_EQ(sql("SELECT * FROM server WHERE pool_id = $ID"), before);
  EXPECT_EQ(sql("SELECT * FROM pool WHERE pool_id = $ID"), pool_before);
  EXPECT_EQ(sql("SELECT COUNT(*) FROM audit WHERE pool = '$POOL'"), audit_before);
  EXPECT_EQ(violations(), Texts{});
}

TEST_F(ReportTest, OfAnotherIncarnationCountsForNobody) {
  make_table_5(3);
  ReportRequest late = request_of("s2", row("s2"), 6, 6);
  EXPECT_TRUE(report("s2"));
  announce("s2");
  EXPECT_EQ(reports(), Texts{}) << "what its last life told is not this one's";
  EXPECT_FALSE(client().report(pool(), late).value().taken);
  remove("s2");
  late.incarnation = 0;
  EXPECT_FALSE(client().report(pool(), late).value().taken);
  EXPECT_FALSE(client().report("nobody", late).value().taken);
  EXPECT_EQ(reports(), Texts{});
}

// By and by, as others report.
TEST_F(ReportTest, OfTheDeadIsTidiedAway) {
  make_table_5(5);
  for (const char* const server : {"s1", "s2", "s3", "s4", "s5"}) {
    ASSERT_TRUE(report(server));
  }
  remove("s1");
  remove("s4");
  remove("s5");
  EXPECT_EQ(kept(), "5") << "a deletion has other things to do";
  EXPECT_EQ(reports().size(), 2U) << "nobody is shown them";
  EXPECT_TRUE(report("s3"));
  EXPECT_TRUE(report("s3"));
  EXPECT_EQ(kept(), "3");
  EXPECT_TRUE(report("s3"));
  EXPECT_EQ(kept(), "2") << "the first by name follows the last";
  EXPECT_TRUE(report("s2"));
  EXPECT_TRUE(report("s3"));
  EXPECT_EQ(reports().size(), 2U);
}

TEST_F(ReportTest, IsRefusedWhenItIsNone) {
  make_table_5(3);
  ReportRequest request = request_of("s2", row("s2"), 41, 6);
  EXPECT_EQ(client().report(pool(), request).error().kind, ErrorKind::invalid);
  request = request_of("s2", row("s2"), 6, 6);
  request.rtts[1].buddy = "<b>";
  EXPECT_EQ(client().report(pool(), request).error().kind, ErrorKind::invalid);
  EXPECT_EQ(reports(), Texts{});
}

// Each way round, with a lock that is held until both are through.
TEST_F(ReportTest, NeitherWaitsForTheRingNorTheRingForIt) {
  make_table_5(4);
  ASSERT_TRUE(report("s2"));
  Connection holder(database().url(owner_user, registry_database), owner_password);
  ASSERT_TRUE(std::holds_alternative<Done>(holder.open()));
  const auto hold = [&holder](const std::string& query) {
    EXPECT_TRUE(std::holds_alternative<Done>(holder.execute("START TRANSACTION")));
    const auto locked = holder.query(query);
    EXPECT_TRUE(std::holds_alternative<ResultSet>(locked));
    EXPECT_FALSE(std::get<ResultSet>(locked).rows.empty());
  };
  hold("SELECT * FROM pool JOIN server USING (pool_id) WHERE pool.name = '" + pool() + "' FOR UPDATE");
  EXPECT_TRUE(report("s1"));
  EXPECT_TRUE(report("s2", 1, 1));
  EXPECT_EQ(reports().size(), 2U);
  ASSERT_TRUE(std::holds_alternative<Done>(holder.execute("ROLLBACK")));

  hold("SELECT * FROM report FOR UPDATE");
  announce("s2");
  EXPECT_EQ(judge(verdict("s2", {"s3"}, "s4")).outcome, DeleteReply::Outcome::deleted);
  announce("s5");
  remove("s1");
  EXPECT_EQ(violations(), Texts{});
  ASSERT_TRUE(std::holds_alternative<Done>(holder.execute("ROLLBACK")));
}

}  // namespace
}  // namespace buddyring
