// SPDX-License-Identifier: Apache-2.0
// Many callers at once: no error reaches them, and the ring stays whole.
#include <atomic>
#include <random>
#include <thread>

#include "tests/lab/wait.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;

class ConcurrencyTest : public RegistryTest {};

TEST_F(ConcurrencyTest, EightConnectionsChangeOnePool) {
  constexpr unsigned connections = 8;
  constexpr unsigned steps = 40;
  std::vector<std::thread> threads;
  std::vector<std::string> errors(connections);
  for (unsigned i = 0; i < connections; ++i) {
    threads.emplace_back([this, i, &errors] {
      std::mt19937 random(i);
      const auto own_client = new_client();
      for (unsigned step = 0; step < steps && errors[i].empty(); ++step) {
        // Few servers, so that callers meet in the same rows.
        const std::string name = "s" + std::to_string(random() % 6 + 1);
        if (random() % 2 == 0) {
          const auto reply = own_client->announce(pool(), {make_server(name)});
          errors[i] = reply ? "" : reply.error().message;
        } else {
          const auto reply = own_client->remove(
              pool(),
              {.server = name, .incarnation = 0, .accuser = "s1", .reason = DeleteReason::removed, .evidence = {}});
          errors[i] = reply ? "" : reply.error().message;
        }
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(errors, std::vector<std::string>(connections));
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

TEST_F(ConcurrencyTest, VerifyingSeesEachPoolAsItWasAtOneMoment) {
  announce_all({"s1", "s2", "s3", "s4", "s5"});
  std::atomic<bool> done = false;
  std::thread changer([&] {
    const auto own_client = new_client();
    for (unsigned i = 0; i < 60; ++i) {
      const std::string name = "s" + std::to_string(i % 5 + 1);
      (void)own_client->remove(
          pool(), {.server = name, .incarnation = 0, .accuser = "", .reason = DeleteReason::removed, .evidence = {}});
      (void)own_client->announce(pool(), {make_server(name)});
    }
    done = true;
  });
  while (!done) {
    EXPECT_EQ(violations(), std::vector<std::string>{});
  }
  changer.join();
}

// The pool's lock comes first in every procedure; somebody who locks the other
// way round makes a deadlock, and the procedure is the victim.
TEST_F(ConcurrencyTest, ADeadlockIsRetried) {
  announce("s1");
  const auto deadlocks = [] { return database().execute("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")[0][1]; };
  const std::string before = deadlocks();

  Connection rival(database().url(owner_user, registry_database), owner_password);
  ASSERT_TRUE(std::holds_alternative<Done>(rival.open()));
  const auto as_rival = [&rival](const std::string& statement) {
    const auto done = rival.execute(statement);
    const auto* const failure = std::get_if<SqlFailure>(&done);
    EXPECT_EQ(failure, nullptr) << statement << ": " << failure->message;
  };
  as_rival("START TRANSACTION");
  // InnoDB rolls back the lighter of the two.
  for (unsigned i = 0; i < 50; ++i) {
    as_rival("INSERT INTO audit (pool, event, server, address, incarnation) VALUES ('x', 'announced', 'x', '', 1)");
  }
  as_rival("UPDATE server SET announced_at = NOW(6) WHERE name = 's1' AND pool_id = " +
           sql("SELECT pool_id FROM pool WHERE name = '$POOL'")[0][0]);

  std::string error = "did not run";
  std::thread caller([&] {
    const auto reply = new_client()->announce(pool(), {make_server("s2")});
    error = reply ? "" : reply.error().message;
  });
  const auto waits = [] { return database().execute("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'")[0][1]; };
  const bool is_blocked = lab::wait_until([&waits] { return waits() != "0"; }, 10s);
  EXPECT_TRUE(is_blocked);
  as_rival("SELECT * FROM pool WHERE name = '" + pool() + "' FOR UPDATE");
  as_rival("ROLLBACK");
  caller.join();

  EXPECT_EQ(error, "");
  EXPECT_NE(deadlocks(), before);
  EXPECT_EQ(ring().size(), 2U);
}

// Somebody holds the pool's row for longer than a procedure waits for it.
TEST_F(ConcurrencyTest, ALockTimeoutIsRetried) {
  announce("s1");
  const auto waits_begun = [] {
    return std::stoul(database().execute("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_waits'")[0][1]);
  };
  const unsigned long before = waits_begun();
  Connection rival(database().url(owner_user, registry_database), owner_password);
  ASSERT_TRUE(std::holds_alternative<Done>(rival.open()));
  ASSERT_TRUE(std::holds_alternative<Done>(rival.execute("START TRANSACTION")));
  ASSERT_TRUE(
      std::holds_alternative<Done>(rival.execute("UPDATE pool SET version = version WHERE name = '" + pool() + "'")));

  std::string error = "did not run";
  std::thread caller([&] {
    const auto reply = new_client()->announce(pool(), {make_server("s2")});
    error = reply ? "" : reply.error().message;
  });
  // The second wait shows that the first has run out (1205).
  const bool waits_again = lab::wait_until([&] { return waits_begun() >= before + 2; }, 30s);
  EXPECT_TRUE(waits_again);
  EXPECT_TRUE(std::holds_alternative<Done>(rival.execute("ROLLBACK")));
  caller.join();
  EXPECT_EQ(error, "");
  EXPECT_EQ(ring().size(), 2U);
}

}  // namespace
}  // namespace buddyring
