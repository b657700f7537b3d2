// SPDX-License-Identifier: Apache-2.0
// Many callers at once: no error reaches them, and the ring stays whole.
#include <atomic>
#include <barrier>
#include <optional>
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

// Servers with run deletions from both ends; the second finds that nothing is
// left to delete, or that the ring is another.
TEST_F(ConcurrencyTest, OfTwoEndsAtOnceOneDeletesTheRun) {
  using Outcome = DeleteReply::Outcome;
  struct Case {
    std::vector<std::string> from_1;
    std::string witness_1;
    std::string other;
    std::vector<std::string> from_other;
    std::string witness_other;
    size_t left_when_1_was_first;
    size_t left_when_other_was_first;
  };
  const std::vector<Case> cases{
      {{"s2", "s3"}, "s4", "s4", {"s3", "s2"}, "s1", 4, 4},            // the same run
      {{"s2"}, "s3", "s4", {"s3", "s2"}, "s1", 5, 4},                  // one is not as far yet
      {{"s2", "s3"}, "s4", "s5", {"s4", "s3"}, "s2", 4, 4},            // they overlap
      {{"s2", "s3", "s4", "s5", "s6"}, "", "s3", {"s2"}, "s1", 1, 5},  // they accuse each other
  };
  const auto first_client = new_client();
  const auto other_client = new_client();
  ASSERT_TRUE(first_client->connect() && other_client->connect());
  for (unsigned round = 0; round < 40; ++round) {
    const Case& now = cases[round % cases.size()];
    // Nobody may be stopped by the cap.
    sql("DELETE FROM audit WHERE pool = '$POOL'");
    for (const auto& [name, buddies] : ring()) {
      remove(name);
    }
    make_table_5(6);
    const DeleteRequest first = verdict("s1", now.from_1, now.witness_1);
    const DeleteRequest other = verdict(now.other, now.from_other, now.witness_other);
    std::optional<Result<DeleteReply>> first_reply;
    std::optional<Result<DeleteReply>> other_reply;
    std::barrier both(2);
    std::thread first_thread([&] {
      both.arrive_and_wait();
      first_reply = first_client->remove(pool(), first);
    });
    std::thread other_thread([&] {
      both.arrive_and_wait();
      other_reply = other_client->remove(pool(), other);
    });
    first_thread.join();
    other_thread.join();
    ASSERT_TRUE(first_reply->ok() && other_reply->ok());
    const Outcome first_outcome = first_reply->value().outcome;
    const Outcome other_outcome = other_reply->value().outcome;
    const bool first_won = first_outcome == Outcome::deleted;
    ASSERT_EQ(violations(), std::vector<std::string>{}) << round;
    EXPECT_EQ(first_won ? first_outcome : other_outcome, Outcome::deleted) << round;
    const Outcome loser = first_won ? other_outcome : first_outcome;
    EXPECT_TRUE(loser == Outcome::already || loser == Outcome::changed || loser == Outcome::not_buddy) << round;
    EXPECT_EQ(ring().size(), first_won ? now.left_when_1_was_first : now.left_when_other_was_first) << round;
  }
}

// Whoever suspects locks the row that another is about to change.
class MarkingTest : public ConcurrencyTest, public ::testing::WithParamInterface<bool> {
 protected:
  // Where it is on, a row that was marked after a transaction's snapshot is an error.
  MarkingTest() {
    database().execute(std::string("SET GLOBAL innodb_snapshot_isolation = ") + (GetParam() ? "ON" : "OFF"));
  }
  ~MarkingTest() override { database().execute("SET GLOBAL innodb_snapshot_isolation = OFF"); }
};

TEST_P(MarkingTest, SuspectingAndDeletingGoTogether) {
  make_table_5(8);
  constexpr unsigned steps = 60;
  std::vector<std::string> errors(6);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < errors.size(); ++i) {
    threads.emplace_back([this, i, &errors] {
      std::mt19937 random(i);
      const auto own_client = new_client();
      for (unsigned step = 0; step < steps && errors[i].empty(); ++step) {
        const std::string name = "s" + std::to_string(random() % 8 + 1);
        const auto own = own_client->row(pool(), {name});
        if (!own || !own.value().own || !own.value().own->buddy_a) {
          (void)own_client->announce(pool(), {make_server(name)});
          continue;
        }
        const BuddyRow buddy = *(random() % 2 == 0 ? own.value().own->buddy_a : own.value().own->buddy_b);
        if (i % 2 == 0) {
          const auto reply = own_client->beyond(pool(), {.server = name, .suspect = buddy.server.name});
          errors[i] = reply ? "" : reply.error().message;
          continue;
        }
        const auto beyond = own_client->beyond(pool(), {.server = name, .suspect = buddy.server.name});
        if (!beyond || beyond.value().beyond.empty()) {
          errors[i] = beyond ? "" : beyond.error().message;
          continue;
        }
        const std::string next = beyond.value().beyond[0].row.server.name;
        const auto reply =
            own_client->remove(pool(), {.server = buddy.server.name,
                                        .incarnation = buddy.server.incarnation,
                                        .accuser = name,
                                        .reason = DeleteReason::dead,
                                        .evidence = {},
                                        .witness = next == name ? "" : next,
                                        .word = next == name ? WitnessWord::closed : WitnessWord::concurs});
        errors[i] = reply ? "" : reply.error().message;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(errors, std::vector<std::string>(errors.size()));
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(SnapshotIsolation, MarkingTest, ::testing::Bool());

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
