// SPDX-License-Identifier: Apache-2.0
// What a connection keeps prepared: the same call again is not prepared anew, no more than a
// named number are kept, and a call that failed spoils none.
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

class PreparedTest : public RegistryTest {
 protected:
  PreparedTest() { EXPECT_TRUE(std::holds_alternative<Done>(connection_.open())); }

  // Whether it gave the one row (text).
  bool says(const std::string& sql, const std::string& text) {
    const auto answer = connection_.run(sql, {text});
    const auto* const sets = std::get_if<std::vector<ResultSet>>(&answer);
    return sets != nullptr && sets->at(0).rows.at(0).at(0) == text;
  }
  uint64_t status(const std::string& name) {
    const auto answer = connection_.query("SHOW SESSION STATUS LIKE '" + name + "'");
    return std::stoull(std::get<ResultSet>(answer).rows.at(0).at(1).value());
  }
  uint64_t prepared_so_far() { return status("Com_stmt_prepare"); }
  uint64_t closed_so_far() { return status("Com_stmt_close"); }

  Connection connection_{database().url(owner_user, registry_database), owner_password};
};

TEST_F(PreparedTest, TheSameCallAgainIsNotPreparedAnew) {
  EXPECT_TRUE(says("SELECT CONCAT(?)", "one"));
  const uint64_t before = prepared_so_far();
  EXPECT_TRUE(says("SELECT CONCAT(?)", "two"));
  EXPECT_TRUE(says("SELECT CONCAT(?)", ""));
  EXPECT_EQ(prepared_so_far(), before);
}

TEST_F(PreparedTest, OfMoreThanAreKeptThatUsedLongestAgoGoes) {
  const auto numbered = [](size_t i) { return "SELECT CONCAT(?) AS c" + std::to_string(i); };
  for (size_t i = 0; i < limits::registry_prepared_max; ++i) {
    EXPECT_TRUE(says(numbered(i), "x"));
  }
  EXPECT_TRUE(says(numbered(0), "x"));
  const uint64_t closed = closed_so_far();
  EXPECT_TRUE(says(numbered(limits::registry_prepared_max), "x"));
  EXPECT_EQ(closed_so_far(), closed + 1);
  const uint64_t before = prepared_so_far();
  EXPECT_TRUE(says(numbered(0), "y"));
  EXPECT_EQ(prepared_so_far(), before);
  EXPECT_TRUE(says(numbered(1), "y"));
  EXPECT_EQ(prepared_so_far(), before + 1);
}

TEST_F(PreparedTest, ACallThatFailedIsPreparedAnew) {
  const std::string sql = "SELECT IF(? = 'bad', (SELECT 1 UNION SELECT 2), 'good')";
  EXPECT_TRUE(std::holds_alternative<std::vector<ResultSet>>(connection_.run(sql, {std::string("x")})));
  EXPECT_TRUE(std::holds_alternative<SqlFailure>(connection_.run(sql, {std::string("bad")})));
  EXPECT_TRUE(std::holds_alternative<std::vector<ResultSet>>(connection_.run(sql, {std::string("x")})));
}

TEST_F(PreparedTest, AProcedureThatWasReplacedIsCalledAsItIsNow) {
  const auto made = [this](const std::string& body) {
    return std::holds_alternative<Done>(
        connection_.execute("CREATE OR REPLACE PROCEDURE prepared_test(IN p TEXT) " + body));
  };
  ASSERT_TRUE(made("SELECT 'old' AS was"));
  EXPECT_TRUE(std::holds_alternative<std::vector<ResultSet>>(connection_.call("prepared_test", {std::string("x")})));
  ASSERT_TRUE(made("SELECT p AS one, 'new' AS other"));
  const auto answer = connection_.call("prepared_test", {std::string("x")});
  ASSERT_TRUE(std::holds_alternative<std::vector<ResultSet>>(answer));
  EXPECT_EQ(std::get<std::vector<ResultSet>>(answer).at(0).columns, (std::vector<std::string>{"one", "other"}));
  EXPECT_TRUE(std::holds_alternative<Done>(connection_.execute("DROP PROCEDURE prepared_test")));
}

}  // namespace
}  // namespace buddyring
