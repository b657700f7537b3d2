// SPDX-License-Identifier: Apache-2.0
// Who gets clients: drains, weights, and what a pick leaves out.
#include <random>

#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

class DrainTest : public RegistryTest {
 protected:
  bool drain(const std::string& server, bool drained = true) {
    const auto changed = client().drain(pool(), {.server = server, .by = "olga", .why = "new disks"}, drained);
    EXPECT_TRUE(changed) << changed.error().message;
    return changed && changed.value();
  }
  void weigh(const std::string& server, unsigned weight) {
    EXPECT_TRUE(client().weigh(pool(), {.server = server, .by = "olga", .why = "old"}, weight).value());
  }
  std::map<std::string, double> pick(unsigned times, const std::vector<std::string>& except = {}) {
    std::map<std::string, double> picked;
    for (unsigned i = 0; i < times; ++i) {
      picked[client().pick(pool(), except).value().name] += 1;
    }
    return picked;
  }
  // Chi-square of what was picked against shares of the same sum.
  static double deviation(std::map<std::string, double> picked, const std::map<std::string, double>& expected) {
    double sum = 0;
    for (const auto& [name, share] : expected) {
      sum += (picked[name] - share) * (picked[name] - share) / share;
      picked.erase(name);
    }
    EXPECT_TRUE(picked.empty()) << picked.begin()->first << " was picked";
    return sum;
  }
};

// 19 degrees of freedom: above 60 once in 10^5 runs.
TEST_F(DrainTest, EachIsPickedAsOftenAsAnyOther) {
  make_table_5(22);
  drain("s3");
  drain("s20");
  std::map<std::string, double> expected;
  for (const auto& [name, buddies] : ring()) {
    expected[name] = 50;
  }
  expected.erase("s3");
  expected.erase("s20");
  EXPECT_LT(deviation(pick(1000), expected), 60.0);
}

// 3 degrees of freedom: above 30 once in 10^6 runs.
TEST_F(DrainTest, InProportionToTheirWeights) {
  make_table_5(4);
  weigh("s1", 10);
  weigh("s2", 20);
  weigh("s3", 70);
  EXPECT_LT(deviation(pick(1000), {{"s1", 50}, {"s2", 100}, {"s3", 350}, {"s4", 500}}), 30.0);
}

// A hundred draws are mostly in vain: all are looked at.
TEST_F(DrainTest, InProportionToLowWeightsToo) {
  make_table_5(3);
  for (const char* const name : {"s1", "s2", "s3"}) {
    weigh(name, 1);
  }
  EXPECT_LT(deviation(pick(300), {{"s1", 100}, {"s2", 100}, {"s3", 100}}), 30.0);
  weigh("s3", 2);
  EXPECT_LT(deviation(pick(400), {{"s1", 100}, {"s2", 100}, {"s3", 200}}), 30.0);
}

TEST_F(DrainTest, NotThoseThatAreExcluded) {
  make_table_5(4);
  EXPECT_EQ(pick(30, {"s1", "s2", "s4"}).size(), 1U);
  EXPECT_EQ(pick(1, {"s1", "s2", "s4", "s9"}).begin()->first, "s3");
  EXPECT_EQ(client().pick(pool(), {"s1", "s2", "s3", "s4"}).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(client().pick(pool(), std::vector<std::string>(8, std::string(63, 'x'))));
  EXPECT_EQ(client().pick(pool(), std::vector<std::string>(9, std::string(63, 'x'))).error().kind, ErrorKind::invalid);
}

TEST_F(DrainTest, TheDrainedStayInTheRing) {
  make_table_5(3);
  const Ring before = ring();
  const OwnRow row_before = row("s2");
  const uint64_t version = client().pool_version(pool()).value();
  EXPECT_TRUE(drain("s2"));
  EXPECT_FALSE(drain("s2"));
  EXPECT_EQ(ring(), before);
  EXPECT_EQ(row("s2"), row_before);
  EXPECT_EQ(client().pool_version(pool()).value(), version + 1) << "a router must hear of it, once";
  EXPECT_TRUE(client().list(pool()).value().servers[1].drained);
  EXPECT_EQ(judge(verdict("s1", {"s2"}, "s3")).outcome, DeleteReply::Outcome::deleted) << "it is watched";
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

TEST_F(DrainTest, WhoComesBackIsStillDrained) {
  announce_all({"s1", "s2"});
  drain("s2");
  announce("s2");
  EXPECT_EQ(pick(10).size(), 1U);
  remove("s2");
  EXPECT_EQ(violations(), std::vector<std::string>{});
  announce("s2");
  EXPECT_EQ(pick(10).size(), 1U);
  remove("s2");
  EXPECT_TRUE(drain("s2", false)) << "while it is away";
  announce("s2");
  EXPECT_EQ(pick(40).size(), 2U);
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

TEST_F(DrainTest, WhenAllAreDrainedNobodyIsPicked) {
  announce_all({"s1", "s2"});
  drain("s1");
  drain("s2");
  EXPECT_EQ(client().pick(pool()).error().kind, ErrorKind::not_found);
  drain("s2", false);
  EXPECT_EQ(pick(5).begin()->first, "s2");
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

TEST_F(DrainTest, TheAuditSaysWhoWhyAndByWhichAccount) {
  announce("s1");
  drain("s1");
  weigh("s1", 7);
  drain("s1", false);
  ASSERT_TRUE(client().remove(
      pool(), {.server = "s1", .accuser = "buddyctl", .reason = DeleteReason::removed, .evidence = {}}));
  const std::string account = std::string(agent_user) + "@" + database().bind_address();
  EXPECT_EQ(sql("SELECT event, accuser, detail, account, address FROM audit WHERE pool = '$POOL' ORDER BY id"),
            (lab::MariaDb::Rows{{"announced", "NULL", "NULL", "NULL", "10.0.0.1"},
                                {"drained", "olga", "new disks", account, "10.0.0.1"},
                                {"weighted", "olga", "from 100 to 7: old", account, "10.0.0.1"},
                                {"undrained", "olga", "new disks", account, "10.0.0.1"},
                                {"deleted", "buddyctl", "", account, "10.0.0.1"}}));
}

TEST_F(DrainTest, RefusesWhatIsNoServerNoOperatorAndNoWeight) {
  announce("s1");
  const auto kind = [this](const OperatorRequest& request) {
    return client().drain(pool(), request, true).error().kind;
  };
  EXPECT_EQ(kind({.server = "s2", .by = "olga", .why = ""}), ErrorKind::not_found);
  EXPECT_EQ(client().drain("unknown", {.server = "s1", .by = "olga", .why = ""}, true).error().kind,
            ErrorKind::not_found);
  EXPECT_EQ(kind({.server = "s1", .by = "", .why = ""}), ErrorKind::invalid);
  EXPECT_EQ(kind({.server = "s1", .by = "o'lga", .why = ""}), ErrorKind::invalid);
  EXPECT_EQ(kind({.server = "s1", .by = std::string(64, 'o'), .why = ""}), ErrorKind::invalid);
  for (const unsigned weight : {0U, 101U, 257U}) {
    EXPECT_EQ(client().weigh(pool(), {.server = "s1", .by = "olga", .why = ""}, weight).error().kind,
              ErrorKind::invalid);
  }
}

// Slots move with every one of these.
TEST_F(DrainTest, AnyOrderOfEventsLeavesTheDrainedBehindTheOthers) {
  announce("s1");
  std::mt19937 random(5);  // NOLINT(bugprone-random-generator-seed): the same events each time
  for (unsigned step = 0; step < 400; ++step) {
    const std::string name = "s" + std::to_string(random() % 12 + 1);
    switch (random() % 4) {
      case 0:
      case 1:
        announce(name);
        break;
      case 2:
        remove(name);
        break;
      default:
        (void)client().drain(pool(), {.server = name, .by = "olga", .why = ""}, random() % 3 != 0);
    }
    if (step % 10 == 0) {
      ASSERT_EQ(violations(), std::vector<std::string>{}) << step;
    }
  }
}

// The newest moves into the gap from the last slot before the drained, and the last of these into its place.
TEST_F(DrainTest, TheDrainedMoveUpBehindTheNewest) {
  announce_all({"s1", "s2", "s3", "s4"});
  ASSERT_TRUE(client().drain(pool(), {.server = "s1", .by = "olga", .why = ""}, true));
  announce("s5");
  ASSERT_EQ(sql("SELECT slot FROM server WHERE pool_id = $ID AND name = 's5'")[0][0], "4");
  remove("s2");
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

TEST_F(DrainTest, AVerdictOnARunCountsTheDrained) {
  make_table_5(6);
  drain("s3");
  drain("s5");
  EXPECT_EQ(judge(verdict("s1", {"s2", "s3"}, "s4")).outcome, DeleteReply::Outcome::deleted);
  EXPECT_EQ(violations(), std::vector<std::string>{});
  EXPECT_EQ(sql("SELECT size, drained FROM pool WHERE pool_id = $ID"), (lab::MariaDb::Rows{{"4", "1"}}));
}

}  // namespace
}  // namespace buddyring
