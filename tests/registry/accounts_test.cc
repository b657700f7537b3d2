// SPDX-License-Identifier: Apache-2.0
// The accounts that installing makes: each may call its procedures, and nothing else.
#include "registry/accounts.h"

#include <algorithm>
#include <set>

#include "registry/installer.h"
#include "registry_sql.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

constexpr const char* name = "accounts";
constexpr const char* secret = "it's a \\ \"secret\"";

class AccountsTest : public RegistryTest {
 protected:
  AccountsTest() {
    database().create_database(name);
    database().execute("CREATE USER 'installer'@'%' IDENTIFIED BY 'installer secret'");
    database().execute("GRANT ALL ON `accounts`.* TO 'installer'@'%' WITH GRANT OPTION");
    database().execute("GRANT CREATE USER ON *.* TO 'installer'@'%'");
    install_again();
  }
  ~AccountsTest() override {
    database().execute("DROP DATABASE accounts");
    database().execute("DROP USER IF EXISTS 'installer'@'%', 'ring-agent'@'%', 'ring-router'@'%', 'ring-boss'@'%'");
  }

  static RegistryUrl url(const std::string& user) { return database().url(user, name); }
  static void install_again() {
    RegistryClient installer(url("installer"), "installer secret");
    const auto report = install(installer);
    ASSERT_TRUE(report) << report.error().message;
  }
  static Result<size_t> grant(const std::vector<Account>& accounts) {
    return grant_accounts(url("installer"), "installer secret", "", accounts);
  }
  static void grant_all_three() {
    const auto granted = grant({{Duty::agent, "ring-agent", secret},
                                {Duty::router, "ring-router", secret},
                                {Duty::operators, "ring-boss", secret}});
    ASSERT_TRUE(granted) << granted.error().message;
    EXPECT_EQ(granted.value(), 3U);
  }
  // What MariaDB says to a statement: 0 when it was carried out.
  static unsigned code_of(Connection& connection, const std::string& sql) {
    if (!connection.is_open()) {
      EXPECT_TRUE(std::holds_alternative<Done>(connection.open()));
    }
    const auto done = connection.execute(sql);
    const auto* const failure = std::get_if<SqlFailure>(&done);
    return failure != nullptr ? failure->code : 0;
  }
  static constexpr unsigned procedure_denied = 1370;
};

TEST_F(AccountsTest, EachMayCallItsProceduresAndNoOther) {
  grant_all_three();
  const std::array<std::pair<Duty, const char*>, 3> users{
      {{Duty::agent, "ring-agent"}, {Duty::router, "ring-router"}, {Duty::operators, "ring-boss"}}};
  for (const auto& [duty, user] : users) {
    const auto permitted = procedures_of(duty);
    Connection connection(url(user), secret);
    for (const auto& procedure : embedded_procedures) {
      const bool may = std::ranges::find(permitted, procedure.name,
                                         [](const char* p) { return std::string_view(p); }) != permitted.end();
      // Without its parameters it fails either way, but not for the same reason.
      const unsigned code = code_of(connection, "CALL " + std::string(procedure.name) + "(1, 2, 3, 4, 5, 6, 7, 8, 9)");
      EXPECT_EQ(code != procedure_denied, may) << user << " " << procedure.name << " " << code;
    }
  }
}

TEST_F(AccountsTest, NobodyReadsOrWritesATable) {
  grant_all_three();
  for (const char* const user : {"ring-agent", "ring-router", "ring-boss"}) {
    Connection connection(url(user), secret);
    for (const std::string table :
         {"server", "pool", "server_incarnation", "audit", "schema_version", "account", "report"}) {
      for (const std::string& sql : {"SELECT * FROM " + table, "DELETE FROM " + table, "TRUNCATE TABLE " + table,
                                     "DROP TABLE " + table, "INSERT INTO " + table + " SELECT * FROM " + table}) {
        EXPECT_EQ(code_of(connection, sql), 1142U) << user << ": " << sql;
      }
    }
    EXPECT_EQ(code_of(connection, "UPDATE server SET slot = 1"), 1142U);
    EXPECT_EQ(code_of(connection, "CREATE TABLE mine (id INT)"), 1142U);
    EXPECT_NE(code_of(connection, "DROP PROCEDURE ServerRow"), 0U);
    EXPECT_NE(code_of(connection, "GRANT EXECUTE ON PROCEDURE ServerDrain TO 'ring-agent'@'%'"), 0U);
  }
}

TEST_F(AccountsTest, EachDoesItsDuty) {
  grant_all_three();
  RegistryClient agent(url("ring-agent"), secret);
  ASSERT_TRUE(agent.announce("p", {make_server("s1")}));
  ASSERT_TRUE(agent.beside("p", {.server = "s2", .zone = ""}));
  ASSERT_TRUE(agent.announce("p", {make_server("s2")}));
  ASSERT_TRUE(agent.beyond("p", {.server = "s1", .suspect = "s2"}));
  ASSERT_TRUE(agent.row("p", {"s1"}));
  EXPECT_TRUE(agent.report("p", {.server = "s1", .incarnation = 1, .rtts = {{{"s2", 6}, {"s2", 6}}}}).value().taken);
  EXPECT_EQ(agent.reports("p", 9).error().kind, ErrorKind::access_denied);
  EXPECT_EQ(agent.drain("p", {.server = "s1", .by = "me", .why = ""}, true).error().kind, ErrorKind::access_denied);
  EXPECT_TRUE(agent.connected()) << "a refusal is no loss of the connection";
  EXPECT_EQ(agent.schema_version().value(), registry_schema_version);

  RegistryClient router(url("ring-router"), secret);
  EXPECT_EQ(router.pool_version("p").value(), 2U);
  EXPECT_EQ(router.list("p").value().servers.size(), 2U);
  EXPECT_TRUE(router.pick("p", {"s1"}));
  EXPECT_EQ(router.reports("p", 9).value().size(), 1U);
  EXPECT_EQ(router.report("p", {.server = "s1", .incarnation = 1, .rtts = {}}).error().kind, ErrorKind::access_denied);
  EXPECT_EQ(router.announce("p", {make_server("s3")}).error().kind, ErrorKind::access_denied);

  RegistryClient boss(url("ring-boss"), secret);
  EXPECT_TRUE(boss.drain("p", {.server = "s1", .by = "olga", .why = ""}, true).value());
  EXPECT_TRUE(boss.weigh("p", {.server = "s2", .by = "olga", .why = ""}, 50).value());
  EXPECT_TRUE(boss.pause("p", {.server = "", .by = "olga", .why = ""}, std::chrono::seconds{9}).value().changed);
  EXPECT_TRUE(boss.note_rejoin("p", {.server = "s1", .by = "olga", .why = ""}).value());
  EXPECT_TRUE(boss.verify("p").value().empty());
  EXPECT_TRUE(boss.remove("p", {.server = "s1", .accuser = "x", .reason = DeleteReason::removed, .evidence = {}}));
  EXPECT_EQ(boss.announce("p", {make_server("s3")}).error().kind, ErrorKind::access_denied);
}

TEST_F(AccountsTest, InstallingAgainTakesNoRightAndGivesMissingOnes) {
  grant_all_three();
  install_again();
  RegistryClient agent(url("ring-agent"), secret);
  EXPECT_TRUE(agent.announce("p", {make_server("s1")})) << "before anything was granted anew";
  database().execute("REVOKE EXECUTE ON PROCEDURE accounts.ServerRow FROM 'ring-agent'@'%'");
  EXPECT_EQ(agent.row("p", {"s1"}).error().kind, ErrorKind::access_denied);
  EXPECT_EQ(grant({}).value(), 3U);
  EXPECT_TRUE(agent.row("p", {"s1"}));
}

TEST_F(AccountsTest, APasswordIsSetAnew) {
  ASSERT_TRUE(grant({{Duty::agent, "ring-agent", secret}}));
  ASSERT_TRUE(grant({{Duty::agent, "ring-agent", "another"}}));
  EXPECT_EQ(RegistryClient(url("ring-agent"), secret).connect().error().kind, ErrorKind::access_denied);
  EXPECT_TRUE(RegistryClient(url("ring-agent"), "another").connect());
  ASSERT_TRUE(grant({{Duty::agent, "ring-agent", std::nullopt}}));
  EXPECT_TRUE(RegistryClient(url("ring-agent"), "another").connect()) << "without a file it stays";
}

TEST_F(AccountsTest, NoStatementHoldsAPassword) {
  database().execute("SET GLOBAL log_output = 'TABLE', GLOBAL general_log = ON");
  ASSERT_TRUE(grant({{Duty::agent, "ring-agent", "plainly visible"}}));
  database().execute("SET GLOBAL general_log = OFF");
  const auto seen =
      database().execute("SELECT COUNT(*), SUM(argument LIKE CONCAT('%plainly', ' visible%')) FROM mysql.general_log");
  EXPECT_NE(seen[0][0], "0");
  EXPECT_EQ(seen[0][1], "0");
  database().execute("TRUNCATE TABLE mysql.general_log");
}

TEST_F(AccountsTest, WhatCannotBeMadeIsRefused) {
  const auto own = grant({{Duty::agent, "installer", secret}});
  ASSERT_FALSE(own);
  EXPECT_EQ(own.error().kind, ErrorKind::invalid);
  EXPECT_FALSE(grant({{Duty::agent, "ring-nobody", std::nullopt}})) << "there is no such account";
  database().execute("DELETE FROM account", name);
  EXPECT_EQ(grant_accounts(url(owner_user), owner_password, "", {{Duty::agent, "ring-agent", secret}}).error().kind,
            ErrorKind::access_denied);
}

}  // namespace
}  // namespace buddyring
