// SPDX-License-Identifier: Apache-2.0
// The client's dealings with a registry that is away, strange or not ours.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>
#include <thread>

#include "posix/fd.h"
#include "registry/installer.h"
#include "tests/lab/wait.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

class ClientTest : public RegistryTest {
 protected:
  static Error connect_error(const RegistryUrl& url, const std::string& password) {
    RegistryClient client(url, password);
    const auto connected = client.connect();
    EXPECT_FALSE(connected);
    EXPECT_FALSE(client.connected());
    return connected ? Error{} : connected.error();
  }
  static void expect_one_line_with(const Error& error, const std::string& cure) {
    EXPECT_EQ(error.message.find('\n'), std::string::npos) << error.message;
    EXPECT_NE(error.message.find(cure), std::string::npos) << error.message;
  }
};

TEST_F(ClientTest, AWrongPasswordIsAccessDenied) {
  const Error error = connect_error(database().url(agent_user, registry_database), "not the secret");
  EXPECT_EQ(error.kind, ErrorKind::access_denied);
  expect_one_line_with(error, "password file");
  expect_one_line_with(error, database().url(agent_user, registry_database).text());
  EXPECT_EQ(error.message.find("not the secret"), std::string::npos);
}

TEST_F(ClientTest, AForeignDatabaseIsAccessDenied) {
  EXPECT_EQ(connect_error(database().url(agent_user, "mysql"), agent_password).kind, ErrorKind::access_denied);
}

TEST_F(ClientTest, AMissingDatabaseIsNotFound) {
  const Error error = connect_error(database().url(owner_user, "nowhere"), owner_password);
  EXPECT_EQ(error.kind, ErrorKind::not_found);
  expect_one_line_with(error, "buddyctl registry install");
}

TEST_F(ClientTest, APortWhereNobodyListensIsUnreachable) {
  // Bound but not listening: nobody else can take the port meanwhile.
  const Fd bound(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  socklen_t size = sizeof name;
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(bound.get(), reinterpret_cast<sockaddr*>(&name), size), 0);
  ASSERT_EQ(getsockname(bound.get(), reinterpret_cast<sockaddr*>(&name), &size), 0);
  RegistryUrl url = database().url(agent_user, registry_database);
  url.port = ntohs(name.sin_port);
  const Error error = connect_error(url, agent_password);
  EXPECT_EQ(error.kind, ErrorKind::unreachable);
  expect_one_line_with(error, "check host, port");
}

TEST_F(ClientTest, LocalhostMeansTcp) {
  RegistryUrl url = database().url(agent_user, registry_database);
  url.host = "localhost";
  RegistryClient client(url, agent_password);
  EXPECT_TRUE(client.connect());
}

TEST_F(ClientTest, AnAgentsAccountCanOnlyCall) {
  announce("s1");
  Connection agent(database().url(agent_user, registry_database), agent_password);
  ASSERT_TRUE(std::holds_alternative<Done>(agent.open()));
  for (const char* const statement :
       {"DELETE FROM server", "UPDATE pool SET size = 0", "INSERT INTO schema_version (version) VALUES (9)",
        "SELECT * FROM server", "DROP PROCEDURE ServerRow", "CREATE TABLE mine (id INT)", "TRUNCATE TABLE audit"}) {
    const auto done = agent.execute(statement);
    ASSERT_TRUE(std::holds_alternative<SqlFailure>(done)) << statement;
    EXPECT_EQ(to_error(std::get<SqlFailure>(done), "", "").kind, ErrorKind::access_denied) << statement;
  }
  EXPECT_EQ(ring().size(), 1U);
}

TEST_F(ClientTest, AnAccountWithoutExecuteIsAccessDenied) {
  database().execute("CREATE USER 'nobody'@'%' IDENTIFIED BY 'secret'");
  database().execute("GRANT SELECT ON buddyring.pool TO 'nobody'@'%'");
  const Error error = connect_error(database().url("nobody", registry_database), "secret");
  EXPECT_EQ(error.kind, ErrorKind::access_denied);
  expect_one_line_with(error, "EXECUTE");
}

TEST_F(ClientTest, ALostConnectionIsUnreachableOnceAndThenOpenedAnew) {
  announce("s1");
  ASSERT_TRUE(client().ping());
  const auto ids = database().execute("SELECT id FROM information_schema.processlist WHERE user = 'agent'");
  for (const auto& id : ids) {
    database().execute("KILL CONNECTION " + id[0]);
  }
  const auto lost = client().row(pool(), {"s1"});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::unreachable);
  EXPECT_FALSE(client().connected());
  EXPECT_FALSE(client().ping());
  EXPECT_TRUE(client().row(pool(), {"s1"}).value().own);
}

TEST_F(ClientTest, TheTableSurvivesACrashOfMariaDb) {
  announce_all({"s1", "s2"});
  database().kill();
  const auto away = client().row(pool(), {"s1"});
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().kind, ErrorKind::unreachable);
  EXPECT_EQ(client().connect().error().kind, ErrorKind::unreachable);
  database().start();
  EXPECT_EQ(ring().size(), 2U);
}

// What a fault of the database looks like, and that a call goes through once it is over.
TEST_F(ClientTest, ReadOnlyIsUnreachableAndSaysSo) {
  announce("s1");
  database().execute("SET GLOBAL read_only = ON");
  const auto refused = client().announce(pool(), {make_server("s2")});
  const auto left =
      client().remove(pool(), {.server = "s1", .accuser = "s1", .reason = DeleteReason::left, .evidence = {}});
  EXPECT_TRUE(client().row(pool(), {"s1"}).value().own) << "what is only read is read";
  database().execute("SET GLOBAL read_only = OFF");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unreachable);
  expect_one_line_with(refused.error(), "read-only");
  EXPECT_EQ(left.error().kind, ErrorKind::unreachable);
  announce("s2");
  EXPECT_EQ(ring().size(), 2U);
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

TEST_F(ClientTest, NoConnectionLeftIsUnreachableAndSaysSo) {
  announce("s1");
  const auto before = database().execute("SELECT @@GLOBAL.max_connections")[0][0];
  database().execute("SET GLOBAL max_connections = 10");
  std::vector<std::unique_ptr<RegistryClient>> others;
  Status connected = Done{};
  while (connected && others.size() < 12) {
    others.push_back(new_client());
    connected = others.back()->connect();
  }
  EXPECT_TRUE(client().row(pool(), {"s1"}).value().own) << "who is connected stays so";
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().kind, ErrorKind::unreachable);
  expect_one_line_with(connected.error(), "takes no work");
  others.front().reset();
  EXPECT_TRUE(lab::wait_until([&others] { return others.back()->connect().ok(); }, std::chrono::seconds{20}));
  EXPECT_EQ(others.back()->list(pool()).value().servers.size(), 1U);
  database().execute("SET GLOBAL max_connections = " + before);
}

TEST_F(ClientTest, AKilledCallWasDoneOrNotAndIsSimplyMadeAgain) {
  announce_all({"s1", "s2", "s3"});
  Connection rival(database().url(owner_user, registry_database), owner_password);
  ASSERT_TRUE(std::holds_alternative<Done>(rival.open()));
  ASSERT_TRUE(std::holds_alternative<Done>(rival.execute("START TRANSACTION")));
  ASSERT_TRUE(
      std::holds_alternative<Done>(rival.execute("UPDATE pool SET version = version WHERE name = '" + pool() + "'")));
  const DeleteRequest dead = verdict("s1", {"s2"}, "s3");
  std::optional<Result<DeleteReply>> reply;
  std::thread caller([&] { reply = client().remove(pool(), dead); });
  const auto waits = [] { return database().execute("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'")[0][1]; };
  EXPECT_TRUE(lab::wait_until([&] { return waits() != "0"; }, std::chrono::seconds{10}));
  for (const auto& id : database().execute("SELECT id FROM information_schema.processlist WHERE user = 'agent'")) {
    database().execute("KILL CONNECTION " + id[0]);
  }
  caller.join();
  ASSERT_TRUE(reply && !*reply);
  EXPECT_EQ(reply->error().kind, ErrorKind::unreachable);
  ASSERT_TRUE(std::holds_alternative<Done>(rival.execute("ROLLBACK")));
  EXPECT_EQ(judge(dead).outcome, DeleteReply::Outcome::deleted);
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

class InstallTest : public ClientTest {
 protected:
  // An empty database of the test's own.
  RegistryUrl make_database(const std::string& name) {
    database().create_database(name);
    return database().url(owner_user, name);
  }
  static lab::MariaDb::Rows procedures(const std::string& name) {
    return database().execute(
        "SELECT routine_name, routine_definition, security_type, sql_mode FROM information_schema.routines WHERE "
        "routine_schema = '" +
        name + "' ORDER BY routine_name");
  }
};

TEST_F(InstallTest, AnEmptyDatabaseIsTheWrongVersionUntilInstalled) {
  const RegistryUrl url = make_database("empty");
  const Error error = connect_error(url, owner_password);
  EXPECT_EQ(error.kind, ErrorKind::wrong_version);
  expect_one_line_with(error, "buddyctl registry install");

  RegistryClient client(url, owner_password);
  EXPECT_EQ(client.schema_version().value(), 0U);
  const auto report = install(client);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report.value().version_before, 0U);
  EXPECT_EQ(report.value().version, registry_schema_version);
  EXPECT_EQ(client.schema_version().value(), registry_schema_version);
  RegistryClient fresh(url, owner_password);
  EXPECT_TRUE(fresh.connect());
}

TEST_F(InstallTest, TwiceIsOnce) {
  RegistryClient client(make_database("twice"), owner_password);
  ASSERT_TRUE(install(client));
  ASSERT_TRUE(client.announce("p", {make_server("s1")}));
  const auto before = procedures("twice");
  const auto report = install(client);
  ASSERT_TRUE(report);
  EXPECT_EQ(report.value().version_before, registry_schema_version);
  EXPECT_EQ(report.value().procedures, before.size());
  EXPECT_EQ(procedures("twice"), before);
  EXPECT_EQ(client.list("p").value().servers.size(), 1U);
  EXPECT_EQ(database().execute("SELECT COUNT(*) FROM schema_version", "twice")[0][0],
            std::to_string(registry_schema_version));
}

TEST_F(InstallTest, GoesOnWhereAnInterruptedOneStopped) {
  RegistryClient client(make_database("interrupted"), owner_password);
  ASSERT_TRUE(install(client));
  database().execute("DELETE FROM schema_version", "interrupted");
  database().execute("DROP TABLE audit", "interrupted");
  database().execute("DROP PROCEDURE ServerRow", "interrupted");
  ASSERT_TRUE(install(client));
  EXPECT_TRUE(client.announce("p", {make_server("s1")}));
}

TEST_F(InstallTest, ALaterVersionIsRefused) {
  const RegistryUrl url = make_database("later");
  RegistryClient client(url, owner_password);
  ASSERT_TRUE(install(client));
  database().execute("INSERT INTO schema_version (version) VALUES (99)", "later");
  database().execute(
      "CREATE OR REPLACE PROCEDURE SchemaRange() SELECT 99 AS version, 98 AS serves_from, 0 AS read_only", "later");
  const auto report = install(client);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::wrong_version);
  const Error error = connect_error(url, owner_password);
  EXPECT_EQ(error.kind, ErrorKind::wrong_version);
  expect_one_line_with(error, "it is 99, this program needs " + std::to_string(registry_schema_version));
}

TEST_F(InstallTest, AnAgentsAccountCannotInstall) {
  const auto report = install(client());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::access_denied);
  EXPECT_TRUE(client().connect());
}

TEST_F(InstallTest, OneInstallerAtATime) {
  const RegistryUrl url = make_database("locked");
  RegistryClient first(url, owner_password);
  RegistryClient second(url, owner_password);
  ASSERT_TRUE(first.lock_schema());
  const auto report = install(second);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::conflict);
  ASSERT_TRUE(first.unlock_schema());
  EXPECT_TRUE(install(second));
}

}  // namespace
}  // namespace buddyring
