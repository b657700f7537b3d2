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
  // Copies of the procedures, each called PartOf..., that neither begin a transaction nor end one. One that begins anew
  // has counted a server twice, so nothing of theirs is to be committed.
  static void make_part_of_a_transaction(Connection& connection, const std::vector<std::string>& procedures) {
    for (const std::string& procedure : procedures) {
      std::string text = database().execute("SHOW CREATE PROCEDURE " + procedure, registry_database)[0][2];
      const auto replace = [&text](const std::string& what, const std::string& with) {
        size_t at = text.find(what);
        ASSERT_NE(at, std::string::npos) << what;
        for (; at != std::string::npos; at = text.find(what, at + with.size())) {
          text.replace(at, what.size(), with);
        }
      };
      replace("PROCEDURE `", "PROCEDURE `PartOf");
      replace("SET TRANSACTION ISOLATION LEVEL READ COMMITTED;", "");
      replace("START TRANSACTION;", "");
      replace("COMMIT;", "DO 0;");
      replace("ROLLBACK;", "DO 0;");
      const auto made = connection.execute(text);
      ASSERT_TRUE(std::holds_alternative<Done>(made)) << std::get<SqlFailure>(made).message;
    }
  }
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
  const Ring before_all = ring();

  Connection rival(database().url(owner_user, registry_database), owner_password);
  ASSERT_TRUE(std::holds_alternative<Done>(rival.open()));
  make_part_of_a_transaction(rival, {"ServerAnnounceBeside", "ServerDelete"});
  ASSERT_TRUE(std::holds_alternative<Done>(rival.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")));
  ASSERT_TRUE(std::holds_alternative<Done>(rival.execute("START TRANSACTION")));
  const std::string none;
  const auto remove = [&](const char* name) {
    const auto sets = rival.call("PartOfServerDelete",
                                 {pool(), std::string(name), uint64_t{0}, std::string("x"), std::string("removed"),
                                  uint64_t{0}, uint64_t{0}, uint64_t{0}, none, none, none, none});
    ASSERT_EQ(std::get<std::vector<ResultSet>>(sets).at(0).rows.at(0).at(0), "deleted");
  };
  remove("s4");
  const auto sets = rival.call("PartOfServerAnnounceBeside", {pool(), std::string("s5"), std::string("10.0.0.5"),
                                                              uint64_t{1}, uint64_t{1}, none, std::string("s1")});
  ASSERT_EQ(std::get<std::vector<ResultSet>>(sets).at(0).rows.at(0).at(0), "announced");
  remove("s1");
  const auto waits = [] { return database().execute("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_waits'")[0][1]; };
  const std::string before = waits();
  use(in("-after"));
  use(in("-before"));
  use(in("-brand-new"));
  EXPECT_EQ(waits(), before);
  EXPECT_EQ(ring(), before_all) << "nothing of the rival's is to be seen";
  EXPECT_TRUE(std::holds_alternative<Done>(rival.execute("ROLLBACK")));
  EXPECT_TRUE(std::holds_alternative<Done>(rival.execute("DROP PROCEDURE PartOfServerAnnounceBeside")));
  EXPECT_TRUE(std::holds_alternative<Done>(rival.execute("DROP PROCEDURE PartOfServerDelete")));
  EXPECT_EQ(violations(), std::vector<std::string>{});
}

}  // namespace
}  // namespace buddyring
