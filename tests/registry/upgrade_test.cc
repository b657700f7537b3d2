// SPDX-License-Identifier: Apache-2.0
// A server table of an earlier version, with servers in it, becomes this one.
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <thread>

#include "registry/installer.h"
#include "registry_sql.h"
#include "tests/lab/wait.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

constexpr const char* old_database = "upgrade";

class UpgradeTest : public RegistryTest {
 protected:
  UpgradeTest() : owner_(database().url(owner_user, old_database), owner_password) {
    database().create_database(old_database);
  }
  ~UpgradeTest() override { on_old("DROP DATABASE upgrade"); }

  static lab::MariaDb::Rows on_old(const std::string& statement) { return database().execute(statement, old_database); }
  RegistryClient& owner() { return owner_; }

  // Its statements, as often as one likes.
  void run_migration(const EmbeddedMigration& migration) {
    std::string_view rest = migration.text;
    for (size_t end = rest.find(";\n"); end != std::string_view::npos; end = rest.find(";\n")) {
      ASSERT_TRUE(owner_.execute(std::string(rest.substr(0, end))));
      rest.remove_prefix(end + 2);
    }
  }
  // Version 1, with a ring of three, and with s4, who has gone.
  void make_version_1() {
    run_migration(embedded_migrations[0]);
    on_old("INSERT INTO schema_version (version) VALUES (1)");
    on_old("INSERT INTO pool (pool_id, name, size, version) VALUES (7, 'p', 3, 5)");
    on_old(
        "INSERT INTO server_incarnation (pool_id, name, incarnation, epoch) VALUES "
        "(7, 's1', 11, 0), (7, 's2', 12, 0), (7, 's3', 13, 0), (7, 's4', 14, 40)");
    on_old(
        "INSERT INTO server (pool_id, slot, name, address, replace_port, incarnation, epoch, buddy_a, buddy_b) VALUES "
        "(7, 1, 's1', '10.0.0.1', 7946, 11, 4, 's2', 's3'), (7, 2, 's2', '10.0.0.2', 7946, 12, 5, 's3', 's1'), "
        "(7, 3, 's3', '10.0.0.3', 7946, 13, 6, 's1', 's2')");
    on_old(
        "INSERT INTO audit (pool, event, server, address, incarnation, accuser, reason) VALUES "
        "('p', 'announced', 's1', '10.0.0.1', 11, NULL, NULL), ('p', 'deleted', 's4', '10.0.0.4', 14, 's1', 'dead')");
  }
  // Version 2, with the same pool and the procedures as they were then. Tests run from
  // the top of the tree.
  void make_version_2() {
    make_version_1();
    run_migration(embedded_migrations[1]);
    on_old("INSERT INTO schema_version (version) VALUES (2)");
    create_procedures("tests/registry/version2");
  }
  // The same of version 3, with s2 drained.
  void make_version_3() {
    make_version_1();
    run_migration(embedded_migrations[1]);
    run_migration(embedded_migrations[2]);
    on_old("INSERT INTO schema_version (version) VALUES (2), (3)");
    create_procedures("tests/registry/version3");
    on_old("CALL ServerDrain('p', 's2', TRUE, 'olga', 'new disks')");
  }
  void create_procedures(const char* folder) {
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      std::ifstream text(file.path());
      ASSERT_TRUE(owner_.execute({std::istreambuf_iterator<char>(text), {}})) << file.path();
    }
  }
  // A program of version 2 does not say which version it reads.
  static void open_as_version_2(Connection& connection) {
    ASSERT_TRUE(std::holds_alternative<Done>(connection.open()));
    ASSERT_TRUE(std::holds_alternative<Done>(connection.execute("SET @buddyring_version = NULL")));
  }
  void expect_upgraded() {
    RegistryClient fresh(database().url(owner_user, old_database), owner_password);
    ASSERT_TRUE(fresh.connect());
    const PoolSnapshot pool = fresh.list("p").value();
    EXPECT_EQ(pool.version, 5U);
    ASSERT_EQ(pool.servers.size(), 3U);
    EXPECT_EQ(pool.servers[1].server, (Server{"s2", *Address::parse("10.0.0.2"), 7946, 12}));
    EXPECT_EQ(pool.servers[1].epoch, 5U);
    EXPECT_EQ(pool.servers[1].buddy_a, "s3");
    EXPECT_TRUE(fresh.verify("p").value().empty());
    EXPECT_EQ(on_old("SELECT server, accuser, reason, witness, word FROM audit ORDER BY id"),
              (lab::MariaDb::Rows{{"s1", "NULL", "NULL", "NULL", "NULL"}, {"s4", "s1", "dead", "NULL", "NULL"}}));
    EXPECT_EQ(on_old("SELECT version FROM schema_version ORDER BY version"),
              (lab::MariaDb::Rows{{"1"}, {"2"}, {"3"}, {"4"}}));
  }

 private:
  RegistryClient owner_;
};

TEST_F(UpgradeTest, AVersion1PoolGoesOn) {
  make_version_1();
  RegistryClient agent(database().url(owner_user, old_database), owner_password);
  const auto too_old = agent.connect();
  ASSERT_FALSE(too_old);
  EXPECT_EQ(too_old.error().kind, ErrorKind::wrong_version);

  const auto report = install(owner());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report.value().version_before, 1U);
  EXPECT_EQ(report.value().version, registry_schema_version);
  expect_upgraded();

  // The pool goes on: names keep what they reached, and verdicts work.
  EXPECT_TRUE(agent.announce("p", {.server = make_server("s2"), .zone = "x"}).value().rejoined);
  const AnnounceReply back = agent.announce("p", {.server = make_server("s4"), .zone = "y", .beside = "s3"}).value();
  EXPECT_EQ(back.own.incarnation, 15U);
  EXPECT_EQ(back.own.epoch, 41U);
  EXPECT_EQ(agent
                .remove("p", {.server = "s4",
                              .incarnation = 15,
                              .accuser = "s3",
                              .reason = DeleteReason::dead,
                              .evidence = {},
                              .witness = "s1",
                              .word = WitnessWord::concurs})
                .value()
                .outcome,
            DeleteReply::Outcome::deleted);
  EXPECT_TRUE(agent.verify("p").value().empty());
}

TEST_F(UpgradeTest, AnInterruptedMigrationStartsAnew) {
  make_version_1();
  // Its number was not written.
  run_migration(embedded_migrations[1]);
  ASSERT_TRUE(install(owner()));
  expect_upgraded();
}

TEST_F(UpgradeTest, AMigrationInterruptedBetweenTheTablesStartsAnew) {
  make_version_1();
  run_migration(embedded_migrations[1]);
  on_old("ALTER TABLE audit DROP COLUMN witness, DROP COLUMN word, DROP KEY audit_pool_accuser");
  ASSERT_TRUE(install(owner()));
  expect_upgraded();
}

// Version 2 was: these procedures with so many parameters, and SchemaVersion to say so.
TEST_F(UpgradeTest, AVersion2PoolGoesOnAndSoDoItsAgents) {
  make_version_2();
  on_old("UPDATE server SET accused_by_a = 's1', accused_at_a = NOW(6) WHERE name = 's2'");
  const auto report = install(owner());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report.value().version_before, 2U);
  expect_upgraded();
  const PoolSnapshot pool = owner().list("p").value();
  EXPECT_FALSE(pool.servers[0].drained);
  EXPECT_EQ(pool.servers[0].weight, 100U);

  // As an agent of version 2 goes on: what it calls, and what it reads of the replies.
  Connection old(database().url(owner_user, old_database), owner_password);
  open_as_version_2(old);
  const auto call = [&old](const char* procedure, const std::vector<SqlValue>& values) {
    auto sets = old.call(procedure, values);
    EXPECT_TRUE(std::holds_alternative<std::vector<ResultSet>>(sets)) << procedure;
    return std::holds_alternative<SqlFailure>(sets) ? std::vector<ResultSet>(1)
                                                    : std::get<std::vector<ResultSet>>(std::move(sets));
  };
  const auto version = call("SchemaVersion", {});
  ASSERT_EQ(version.at(0).columns.size(), 1U);
  EXPECT_EQ(version[0].rows.at(0).at(0), "2");
  const std::string text = "p";
  const std::string none;
  EXPECT_EQ(call("ServerBeside", {text, std::string("s5"), none}).at(0).rows.at(0).at(0), "place");
  const auto announced = call("ServerAnnounceBeside", {text, std::string("s5"), std::string("10.0.0.5"), uint64_t{7946},
                                                       uint64_t{1}, none, std::string("s1")});
  EXPECT_EQ(announced.at(0).rows.at(0).at(0), "announced");
  EXPECT_EQ(announced.at(1).rows.size(), 3U);
  EXPECT_EQ(announced[1].columns,
            (std::vector<std::string>{"role", "name", "address", "replace_port", "incarnation", "epoch"}));
  EXPECT_FALSE(call("ServerBeyond", {text, std::string("s1"), std::string("s5")}).empty());
  EXPECT_EQ(call("ServerRow", {text, std::string("s5")}).at(0).rows.size(), 3U);
  const auto deleted =
      call("ServerDelete", {text, std::string("s5"), uint64_t{1}, std::string("s1"), std::string("left"), uint64_t{0},
                            uint64_t{0}, uint64_t{0}, none, none, none, none});
  ASSERT_EQ(deleted.size(), 3U);
  EXPECT_EQ(deleted[0].rows.at(0).at(0), "deleted");
  EXPECT_EQ(deleted[1].rows.size(), 2U);  // deleted_a, deleted_b
  EXPECT_EQ(deleted[2].rows.size(), 3U);  // the accuser's
  EXPECT_EQ(call("PoolVersion", {text}).at(0).columns.size(), 1U);
  EXPECT_EQ(call("ServerList", {text}).at(0).rows.size(), 3U);
  EXPECT_EQ(call("ServerPick", {text}).at(0).rows.size(), 1U);
  EXPECT_TRUE(call("ServerVerify", {text}).at(0).rows.empty());
}

// An agent of version 3 goes on through the upgrade and after it, in a pool that is paused, too.
TEST_F(UpgradeTest, AVersion3PoolGoesOnAndSoDoItsAgents) {
  make_version_3();
  Connection old(database().url(owner_user, old_database), owner_password);
  ASSERT_TRUE(std::holds_alternative<Done>(old.open()));
  ASSERT_TRUE(std::holds_alternative<Done>(old.execute("SET @buddyring_version = 3")));
  const auto outcome = [&old](const char* reason) {
    const std::string none;
    const auto sets = old.call(
        "ServerDelete", {std::string("p"), std::string("s3"), uint64_t{13}, std::string("s1"), std::string(reason),
                         uint64_t{1}, uint64_t{1}, uint64_t{3}, none, none, std::string("s2"), std::string("concurs")});
    const auto* const failure = std::get_if<SqlFailure>(&sets);
    EXPECT_EQ(failure, nullptr) << failure->message;
    return failure != nullptr ? failure->message
                              : std::get<std::vector<ResultSet>>(sets).at(0).rows.at(0).at(0).value_or("NULL");
  };
  const auto report = install(owner());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report.value().version_before, 3U);
  const PoolSnapshot pool = owner().list("p").value();
  EXPECT_TRUE(pool.servers.at(1).drained);
  EXPECT_FALSE(pool.paused_left);
  const auto range = old.call("SchemaRange", {});
  ASSERT_TRUE(std::holds_alternative<std::vector<ResultSet>>(range));
  EXPECT_LE(std::stoul(std::get<std::vector<ResultSet>>(range).at(0).rows.at(0).at(1).value()), 3U);

  const OperatorRequest request{.server = "", .by = "olga", .why = ""};
  ASSERT_TRUE(owner().pause("p", request, std::chrono::hours{1}));
  EXPECT_EQ(outcome("dead"), "capped") << "it asks again upon that";
  ASSERT_TRUE(owner().pause("p", request, std::chrono::seconds{0}));
  EXPECT_EQ(outcome("dead"), "deleted");
  EXPECT_EQ(outcome("dead"), "already");
  EXPECT_TRUE(owner().verify("p").value().empty());
}

TEST_F(UpgradeTest, AnInterruptedMigrationOfVersion4StartsAnew) {
  make_version_3();
  run_migration(embedded_migrations[3]);
  on_old("ALTER TABLE pool DROP COLUMN paused_until");
  on_old("DROP TABLE report");
  ASSERT_TRUE(install(owner()));
  EXPECT_TRUE(owner().reports("p", 9).value().empty());
  ASSERT_TRUE(owner().pause("p", {.server = "", .by = "olga", .why = ""}, std::chrono::seconds{9}).value().changed);
}

// Somebody's transaction outlasts the time that a change waits for a lock.
TEST_F(UpgradeTest, ALockHeldLongIsWaitedForAgain) {
  make_version_2();
  Connection holder(database().url(owner_user, old_database), owner_password);
  ASSERT_TRUE(std::holds_alternative<Done>(holder.open()));
  ASSERT_TRUE(std::holds_alternative<Done>(holder.execute("START TRANSACTION")));
  ASSERT_TRUE(std::holds_alternative<Done>(holder.execute("SELECT size FROM pool")));
  std::optional<Result<InstallReport>> report;
  std::thread installer([this, &report] { report = install(owner()); });
  std::set<std::string> attempts;
  EXPECT_TRUE(lab::wait_until(
      [&attempts] {
        for (const auto& row : on_old("SELECT QUERY_ID FROM information_schema.PROCESSLIST WHERE DB = 'upgrade' AND "
                                      "STATE = 'Waiting for table metadata lock'")) {
          attempts.insert(row.at(0));
        }
        return attempts.size() >= 2;
      },
      std::chrono::seconds{60}));
  EXPECT_TRUE(std::holds_alternative<Done>(holder.execute("ROLLBACK")));
  installer.join();
  ASSERT_TRUE(*report) << report->error().message;
  expect_upgraded();
}

// What programs of version 2 do all day, each with a server of its own, while the
// database is upgraded: every call is answered.
class LiveUpgradeTest : public UpgradeTest {
 protected:
  static constexpr unsigned programs = 6;
  struct Shared {
    std::atomic<unsigned> rounds = 0;
    std::atomic<bool> done = false;
    std::array<std::string, programs> errors;
  };

  static void go_on(unsigned own, Shared& shared) {
    std::string& error = shared.errors.at(own);
    const std::string pool = "p";
    const std::string none;
    const std::string name = "t" + std::to_string(own);
    const std::string address = "10.0.1." + std::to_string(own + 1);
    const uint64_t one = 1;
    const std::vector<std::pair<const char*, std::vector<SqlValue>>> calls{
        {"SchemaVersion", {}},
        {"ServerBeside", {pool, name, none}},
        {"ServerAnnounceBeside", {pool, name, address, one, one, none, std::string("s1")}},
        {"ServerRow", {pool, name}},
        {"ServerBeyond", {pool, name, std::string("s1")}},
        {"ServerAnnounce", {pool, name, address, one, one, none}},
        {"PoolVersion", {pool}},
        {"ServerList", {pool}},
        {"ServerPick", {pool}},
        {"ServerVerify", {pool}},
        {"ServerDelete", {pool, name, uint64_t{0}, name, std::string("left"), one, one, one, none, none, none, none}}};
    Connection connection(database().url(owner_user, old_database), owner_password);
    open_as_version_2(connection);
    for (; !shared.done && error.empty(); ++shared.rounds) {
      for (const auto& [procedure, values] : calls) {
        auto answer = connection.call(procedure, values);
        const auto* failure = std::get_if<SqlFailure>(&answer);
        for (unsigned again = 0; failure != nullptr && is_retryable(*failure) && again < 20; ++again) {
          answer = connection.call(procedure, values);
          failure = std::get_if<SqlFailure>(&answer);
        }
        if (failure != nullptr) {
          error = std::string(procedure) + ": " + failure->message;
          return;
        }
        const auto& sets = std::get<std::vector<ResultSet>>(answer);
        if (procedure == std::string("SchemaVersion") && sets.at(0).rows.at(0).at(0) != "2") {
          error = "the version became another one";
        }
      }
    }
  }
};

TEST_F(LiveUpgradeTest, NoCallerNoticesIt) {
  make_version_2();
  Shared shared;
  std::vector<std::thread> threads;
  for (unsigned own = 0; own < programs; ++own) {
    threads.emplace_back([own, &shared] { go_on(own, shared); });
  }
  EXPECT_TRUE(lab::wait_until([&shared] { return shared.rounds >= 2 * programs; }, std::chrono::seconds{60}));
  const auto report = install(owner());
  const auto again = install(owner());
  shared.done = true;
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_TRUE(report) << report.error().message;
  EXPECT_TRUE(again) << again.error().message;
  EXPECT_EQ(shared.errors, decltype(shared.errors){});
  EXPECT_EQ(owner().list("p").value().servers.size(), 3U);
  EXPECT_TRUE(owner().verify("p").value().empty());
}

// A later version that serves this one is taken, one that does not is refused.
TEST_F(UpgradeTest, TheNextVersionIsTakenIfItServesThisOne) {
  ASSERT_TRUE(install(owner()));
  on_old("INSERT INTO schema_version (version) VALUES (" + std::to_string(registry_schema_version + 1) + ")");
  EXPECT_TRUE(RegistryClient(database().url(owner_user, old_database), owner_password).connect());
  on_old("CREATE OR REPLACE PROCEDURE SchemaRange() SELECT " + std::to_string(registry_schema_version + 2) +
         " AS version, " + std::to_string(registry_schema_version + 1) + " AS serves_from, 0 AS read_only");
  const auto refused = RegistryClient(database().url(owner_user, old_database), owner_password).connect();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::wrong_version);
}

}  // namespace
}  // namespace buddyring
