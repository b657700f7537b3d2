// SPDX-License-Identifier: Apache-2.0
// What a procedure reads does not grow with the pool: not one row more in a pool a
// hundred times as large. And a change is a handful of statements on few tables, because it is they that
// cost. How long it takes is for `make bench-registry`.
#include "tests/lab/loaded_pool.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

class CostTest : public RegistryTest {
 protected:
  CostTest() { EXPECT_TRUE(std::holds_alternative<Done>(connection_.open())); }

  // The rows and index entries that a call read.
  std::string reads(const std::string& procedure, const std::vector<SqlValue>& values) {
    return counted(procedure, values,
                   "'HANDLER_READ_FIRST', 'HANDLER_READ_KEY', 'HANDLER_READ_LAST', "
                   "'HANDLER_READ_NEXT', 'HANDLER_READ_PREV', 'HANDLER_READ_RND', "
                   "'HANDLER_READ_RND_NEXT'");
  }
  // Of a server's deletion, and of its announcement.
  std::vector<std::string> counted_of_a_change(unsigned number, const std::string& counters) {
    const std::string name = lab::loaded_name(number);
    const std::string none;
    const uint64_t zero = 0;
    const uint64_t one = 1;
    return {
        counted(
            "ServerDelete",
            {pool(), name, zero, std::string("olga"), std::string("removed"), zero, zero, zero, none, none, none, none},
            counters),
        counted("ServerAnnounceBeside", {pool(), name, lab::loaded_address(number), one, one, none, none}, counters)};
  }
  // Of each procedure, in a pool of so many servers without a zone.
  std::vector<std::string> reads_of_all(const std::string& pool, unsigned servers) {
    lab::load_pool(database(), registry_database, pool, servers);
    const std::string none;
    const std::string zone = "x";
    const std::string operator_name = "olga";
    const std::string a = lab::loaded_name(3);
    const std::string b = lab::loaded_name(4);
    const std::string c = lab::loaded_name(5);
    const uint64_t one = 1;
    const uint64_t zero = 0;
    return {
        reads("ServerPick", {pool}),
        reads("ServerRow", {pool, a}),
        reads("PoolVersion", {pool}),
        reads("ServerBeyond", {pool, a, b}),
        reads("ServerDelete",
              {pool, b, one, a, std::string("dead"), one, one, one, none, none, c, std::string("concurs")}),
        reads("ServerDelete", {pool, a, one, a, std::string("left"), zero, zero, zero, none, none, none, none}),
        reads("ServerDrain", {pool, c, one, operator_name, none}),
        reads("ServerWeight", {pool, c, uint64_t{50}, operator_name, none}),
        reads("PoolPause", {pool, one, operator_name, none}),
        reads("ServerRejoin", {pool, c, operator_name, none}),
        reads("ServerReport", {pool, c, one, a, one, b, one}),
        reads("ServerReport", {pool, lab::loaded_name(6), one, a, one, b, one}),
        reads("ServerReport", {pool, c, one, a, one, b, one}),
        reads("ServerBeside", {pool, std::string("z1"), none}),
        reads("ServerAnnounceBeside", {pool, std::string("z1"), std::string("172.16.0.1"), one, one, none, none}),
        reads("ServerAnnounceBeside", {pool, std::string("z2"), std::string("172.16.0.2"), one, one, zone, none}),
        reads("ServerAnnounceBeside", {pool, std::string("z1"), std::string("172.16.0.1"), one, one, none, none}),
    };
  }

 private:
  std::string counted(const std::string& procedure, const std::vector<SqlValue>& values, const std::string& counters) {
    const uint64_t before = sum(counters);
    EXPECT_TRUE(std::holds_alternative<std::vector<ResultSet>>(connection_.call(procedure, values))) << procedure;
    return procedure + " " + std::to_string(sum(counters) - before);
  }
  uint64_t sum(const std::string& counters) {
    const auto answer = connection_.query(
        "SELECT SUM(VARIABLE_VALUE) AS sum FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME IN (" + counters +
        ")");
    return std::stoull(std::get<ResultSet>(answer).rows.at(0).at(0).value());
  }

  Connection connection_{database().url(owner_user, registry_database), owner_password};
};

TEST_F(CostTest, NoProcedureReadsMoreInALargerPool) {
  // The first call of each loads it, and the first use of a table what is known of its columns.
  reads_of_all(pool() + "-first", 50);
  const auto small = reads_of_all(pool() + "-50", 50);
  EXPECT_EQ(small, reads_of_all(pool() + "-5000", 5000));
}

// In a pool whose last slot its newest server has, as it mostly is.
TEST_F(CostTest, AChangeIsAHandfulOfStatements) {
  lab::load_pool(database(), registry_database, pool(), 50);
  // With the calls of parts, and the look at the counters.
  const std::string statements = "'COM_SELECT', 'COM_INSERT', 'COM_UPDATE', 'COM_DELETE', 'COM_CALL_PROCEDURE'";
  const std::string tables = "'TABLE_OPEN_CACHE_HITS'";
  counted_of_a_change(7, tables);  // the first call of each loads it
  EXPECT_EQ(counted_of_a_change(8, statements), (std::vector<std::string>{"ServerDelete 8", "ServerAnnounceBeside 8"}));
  EXPECT_EQ(counted_of_a_change(9, tables), (std::vector<std::string>{"ServerDelete 5", "ServerAnnounceBeside 7"}));
}

}  // namespace
}  // namespace buddyring
