// SPDX-License-Identifier: Apache-2.0
// The clock of the database's host is set by hours, forwards and backwards, while clients
// change and read pools. mariadbd gets its time from libfaketime, all but CLOCK_MONOTONIC.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/limits.h"
#include "registry/installer.h"
#include "tests/lab/churn.h"
#include "tests/lab/wait.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

namespace fs = std::filesystem;
using Outcome = DeleteReply::Outcome;

constexpr auto patience = std::chrono::seconds{120};
constexpr long hour_s = 3600;

std::string faketime_library() {
  for (const auto& architecture : fs::directory_iterator("/usr/lib")) {
    const fs::path library = architecture.path() / "faketime/libfaketimeMT.so.1";
    if (fs::exists(library)) {
      return library;
    }
  }
  throw std::runtime_error("libfaketimeMT.so.1 is not under /usr/lib; install the package faketime");
}

class ClockJumpTest : public ::testing::Test {
 protected:
  ClockJumpTest() : folder_(empty_folder()), database_(settings(folder_)) {
    database_.create_database(registry_database);
    database_.create_account(owner_user, owner_password, "%", lab::MariaDb::Rights::all);
    RegistryClient owner(url(), owner_password);
    const auto installed = install(owner);
    EXPECT_TRUE(installed) << installed.error().message;
    for (unsigned number = 1; number <= servers; ++number) {
      EXPECT_TRUE(client_.announce(pool, {.server = make_server("s" + std::to_string(number))}));
    }
  }

  // How far ahead of the true time the database's clock is from now on. In place at once:
  // a file is renamed into its place, and the library looks at each call.
  void set_clock_ahead(long seconds) {
    const long before = database_now();
    write_offset(folder_, seconds);
    const long now = database_now();
    EXPECT_NEAR(static_cast<double>(now - before), static_cast<double>(seconds - ahead_), 60.0);
    ahead_ = seconds;
  }
  long database_now() { return std::stol(sql("SELECT UNIX_TIMESTAMP()").at(0).at(0)); }

  lab::MariaDb::Rows sql(const std::string& statement) { return database_.execute(statement, registry_database); }
  [[nodiscard]] RegistryUrl url() const { return database_.url(owner_user, registry_database); }
  RegistryClient& client() { return client_; }

  // The ring from s1 on, away from one of its buddies.
  std::vector<ServerRow> order() {
    const PoolSnapshot snapshot = client_.list(pool).value();
    std::map<std::string, ServerRow> rows;
    for (const ServerRow& row : snapshot.servers) {
      rows[row.server.name] = row;
    }
    std::vector<ServerRow> found{rows.at("s1")};
    for (std::string next = found[0].buddy_a; next != "s1";) {
      const ServerRow& row = rows.at(next);
      next = row.buddy_a == found.back().server.name ? row.buddy_b : row.buddy_a;
      found.push_back(row);
    }
    return found;
  }
  // By s1, on those that follow on it: with a witness beyond them, or without.
  Outcome judge(unsigned count, WitnessWord word) {
    const std::vector<ServerRow> ring = order();
    DeleteRequest request{.server = ring.at(1).server.name,
                          .incarnation = ring[1].server.incarnation,
                          .accuser = "s1",
                          .reason = DeleteReason::dead,
                          .evidence = {},
                          .witness = word == WitnessWord::concurs ? ring.at(count + 1).server.name : "",
                          .word = word};
    for (unsigned place = 2; place <= count; ++place) {
      request.run.push_back({.server = ring.at(place).server.name, .incarnation = ring[place].server.incarnation});
    }
    const auto reply = client_.remove(pool, request);
    return reply ? reply.value().outcome : throw std::runtime_error(reply.error().message);
  }

  static constexpr const char* pool = "clock";
  static constexpr unsigned servers = 60;

 private:
  static std::string empty_folder() {
    const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "lab/registry-clock";
    fs::remove_all(folder);
    fs::create_directories(folder);
    write_offset(folder, 0);
    return folder;
  }
  static void write_offset(const std::string& folder, long seconds) {
    std::ofstream(folder + "/offset.new") << (seconds < 0 ? "-" : "+") << std::abs(seconds) << "s\n";
    fs::rename(folder + "/offset.new", folder + "/offset");
  }
  static lab::MariaDbSettings settings(const std::string& folder) {
    return {.folder = folder + "/db",
            .environment = {"LD_PRELOAD=" + faketime_library(), "FAKETIME_TIMESTAMP_FILE=" + folder + "/offset",
                            "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1"}};
  }

  const std::string folder_;
  long ahead_ = 0;
  lab::MariaDb database_;
  RegistryClient client_{url(), owner_password};
};

TEST_F(ClockJumpTest, PoolsGoOnThroughJumpsEachWay) {
  constexpr unsigned clients = 6;
  constexpr unsigned changes_between = 120;
  lab::Churn churn("churn", std::vector<std::vector<RegistryUrl>>(clients, {url()}), owner_password);
  for (const long ahead : {0L, 5 * hour_s, -3 * hour_s, 2L, 100 * hour_s, 0L}) {
    set_clock_ahead(ahead);
    const unsigned before = churn.counts().done;
    const auto settled = [&] { return churn.counts().done >= before + changes_between || !churn.errors().empty(); };
    EXPECT_TRUE(lab::wait_until(settled, patience)) << "ahead by " << ahead << " s";
    EXPECT_TRUE(client().list("churn"));
    EXPECT_TRUE(client().verify("churn").value().empty()) << "ahead by " << ahead << " s";
  }
  const std::set<std::string> expected = churn.finish();
  EXPECT_EQ(churn.errors(), std::vector<std::string>{});
  EXPECT_GT(churn.counts().verdicts, 0U);
  std::set<std::string> present;
  const PoolSnapshot snapshot = client().list("churn").value();
  for (const auto& row : snapshot.servers) {
    present.insert(row.server.name);
  }
  EXPECT_EQ(present, expected);
}

// A buddy of s1 marks it. s1, whom nobody bears out, then wants eight deleted, that buddy among them.
TEST_F(ClockJumpTest, AMarkCountsUntilTheJumpAndNotAfterIt) {
  for (const auto& [marked_at, judged_at] : {std::pair{0L, 2 * hour_s}, {12 * hour_s, 10 * hour_s}}) {
    set_clock_ahead(marked_at);
    ASSERT_TRUE(client().beyond(pool, {.server = order().at(1).server.name, .suspect = "s1"}));
    EXPECT_EQ(judge(8, WitnessWord::beyond), Outcome::disputed) << "a clock that was set makes marks as any other";
    set_clock_ahead(judged_at);
    EXPECT_EQ(judge(8, WitnessWord::beyond), Outcome::deleted) << "marked at " << marked_at;
  }
  EXPECT_TRUE(client().verify(pool).value().empty());
}

TEST_F(ClockJumpTest, TheCapCountsTheMinuteOfTheClockAsItIs) {
  const auto delete_until_refused = [&] {
    unsigned deleted = 0;
    while (judge(1, WitnessWord::concurs) == Outcome::deleted) {
      ++deleted;
    }
    return deleted;
  };
  EXPECT_EQ(delete_until_refused(), limits::deletions_max);
  set_clock_ahead(2 * hour_s);
  EXPECT_EQ(delete_until_refused(), limits::deletions_max) << "forwards";
  set_clock_ahead(-2 * hour_s);
  EXPECT_EQ(delete_until_refused(), limits::deletions_max) << "backwards: what it calls the future does not count";
  EXPECT_EQ(judge(1, WitnessWord::concurs), Outcome::capped);
  EXPECT_TRUE(client().verify(pool).value().empty());
}

}  // namespace
}  // namespace buddyring
