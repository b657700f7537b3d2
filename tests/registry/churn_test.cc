// SPDX-License-Identifier: Apache-2.0
// Many connections change pools at once. `make test-churn` repeats these fifty times.
#include <array>
#include <atomic>
#include <thread>

#include "core/limits.h"
#include "tests/lab/loaded_pool.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

constexpr unsigned connections = 64;
constexpr unsigned announces = 200;
constexpr unsigned deletes = 200;

struct Counts {
  std::atomic<unsigned> deleted = 0;
  std::array<std::string, connections> errors;
};

class ChurnTest : public RegistryTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  static Server newcomer(unsigned number) {
    return {.name = "new" + std::to_string(number),
            .address = *Address::parse("172.16.0." + std::to_string(number)),
            .replace_port = 7946,
            .incarnation = 1};
  }
  // Connection `own` has every 64th of the changes; who is deleted was loaded, or, when
  // those are used up, may be there by then or not.
  void change(unsigned own, Counts& counts) {
    const auto own_client = new_client();
    std::string& error = counts.errors.at(own);
    for (unsigned i = own; i < announces + deletes && error.empty(); i += connections) {
      const unsigned number = i / 2 + 1;
      if (i % 2 == 0) {
        const auto reply = own_client->announce(pool(), {newcomer(number)});
        error = reply ? "" : reply.error().message;
        continue;
      }
      const std::string name = number <= GetParam() ? lab::loaded_name(number) : newcomer(number - 1).name;
      const auto reply =
          own_client->remove(pool(), {.server = name, .accuser = "x", .reason = DeleteReason::removed, .evidence = {}});
      error = reply ? "" : reply.error().message;
      counts.deleted += reply && reply.value().outcome == DeleteReply::Outcome::deleted ? 1 : 0;
    }
  }
};

TEST_P(ChurnTest, ThereIsOneCycleInTheEnd) {
  lab::load_pool(database(), registry_database, pool(), GetParam());
  Counts counts;
  std::vector<std::thread> threads;
  for (unsigned own = 0; own < connections; ++own) {
    threads.emplace_back([this, own, &counts] { change(own, counts); });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(counts.errors, decltype(counts.errors){});
  EXPECT_EQ(violations(), std::vector<std::string>{});
  EXPECT_EQ(ring().size(), GetParam() + announces - counts.deleted);
  forget_pool();
}

INSTANTIATE_TEST_SUITE_P(Sizes, ChurnTest, ::testing::Values(3, 1000));

class PoolsTest : public RegistryTest {
 protected:
  // All that changes or reads a pool, of an empty one too.
  void use(const std::string& pool) {
    const auto announced = client().announce(pool, {make_server("s1")});
    ASSERT_TRUE(announced) << announced.error().message;
    for (const char* const name : {"s2", "s3", "s4"}) {
      ASSERT_TRUE(client().announce(pool, {make_server(name)}));
    }
    ASSERT_TRUE(client().beyond(pool, {.server = "s1", .suspect = "s2"}));
    ASSERT_TRUE(client().drain(pool, {.server = "s2", .by = "olga", .why = ""}, true));
    ASSERT_TRUE(client().pick(pool));
    ASSERT_TRUE(client().list(pool));
    for (const char* const name : {"s4", "s2", "s1", "s3"}) {
      ASSERT_TRUE(
          client().remove(pool, {.server = name, .accuser = "x", .reason = DeleteReason::left, .evidence = {}}));
    }
  }
};

// Somebody has changed a pool and not committed yet. Whoever changes another, be it the
// table's neighbour, does not wait for it: a lock that is waited for would be an error
// after limits::registry_lock_timeout, each of the times that it is tried.
TEST_F(PoolsTest, ChurnInOnePoolLocksNoOther) {
  const auto in = [this](const char* suffix) { return pool() + suffix; };
  ASSERT_TRUE(client().announce(in("-before"), {make_server("s1")}));
  announce_all({"s1", "s2", "s3", "s4"});
  ASSERT_TRUE(client().announce(in("-after"), {make_server("s1")}));

  Connection rival(database().url(owner_user, registry_database), owner_password);
  ASSERT_TRUE(std::holds_alternative<Done>(rival.open()));
  const std::string rest = ", 'x', 'removed', 0, 0, 0, '', '', NULL, NULL)";
  const std::string buddy = "(SELECT buddy_a FROM server WHERE pool_id = @id AND name = 's1')";
  const std::vector<std::string> statements{
      "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
      "START TRANSACTION",
      "SELECT pool_id, size, drained INTO @id, @size, @drained FROM pool WHERE name = '" + pool() + "' FOR UPDATE",
      "CALL RunUnlink('" + pool() + "', @id, @size, @drained, 's4'" + rest,
      "CALL RingLink(@id, @size, @drained, 's5', '10.0.0.5', 1, 1, 1, '', FALSE, 's1', " + buddy + ")",
      "SET @size = @size + 1",
      "CALL RunUnlink('" + pool() + "', @id, @size, @drained, 's1'" + rest};
  for (const std::string& statement : statements) {
    const auto done = rival.execute(statement);
    const auto* const failure = std::get_if<SqlFailure>(&done);
    ASSERT_EQ(failure, nullptr) << statement << ": " << failure->message;
  }
  const auto waits = [] { return database().execute("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_waits'")[0][1]; };
  const std::string before = waits();
  use(in("-after"));
  use(in("-before"));
  use(in("-brand-new"));
  EXPECT_EQ(waits(), before);
  EXPECT_TRUE(std::holds_alternative<Done>(rival.execute("ROLLBACK")));
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

}  // namespace
}  // namespace buddyring
