// SPDX-License-Identifier: Apache-2.0
// `make test-galera`: a registry that is a cluster loses nodes under churn and gets them
// back. Nothing that was acknowledged is lost, and nothing but `unreachable` is told.
#include <gtest/gtest.h>

#include <filesystem>

#include "registry/installer.h"
#include "tests/galera/churn.h"
#include "tests/galera/cluster.h"
#include "tests/lab/wait.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;

constexpr const char* database = "buddyring";
constexpr const char* owner = "owner";
constexpr const char* agent = "agent";
constexpr const char* password = "secret";
constexpr const char* pool = "web";
constexpr unsigned clients = 12;
constexpr unsigned changes_between = 300;
constexpr auto patience = 120s;

std::string build_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path().string();
}

class GaleraTest : public ::testing::Test {
 protected:
  GaleraTest() : cluster_(build_folder() + "/lab/galera", build_folder() + "/galera/transfer") {
    lab::MariaDb& first = cluster_.node(0);
    first.create_database(database);
    first.create_account(owner, password, database, lab::MariaDb::Rights::all);
    first.create_account(agent, password, database, lab::MariaDb::Rights::execute);
    RegistryClient installer(first.url(owner, database), password);
    const auto installed = install(installer);
    EXPECT_TRUE(installed) << installed.error().message;
  }

  Cluster& cluster() { return cluster_; }
  [[nodiscard]] std::vector<std::vector<RegistryUrl>> endpoints() const {
    std::vector<std::vector<RegistryUrl>> all;
    for (unsigned own = 0; own < clients; ++own) {
      all.push_back(cluster_.urls_from(own, agent, database));
    }
    return all;
  }
  static ::testing::AssertionResult awaits_changes(const Churn& churn, unsigned changes) {
    const unsigned before = churn.counts().done;
    const auto settled = [&] { return churn.counts().done >= before + changes || !churn.errors().empty(); };
    if (lab::wait_until(settled, patience) && churn.errors().empty()) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << churn.counts().done - before
                                         << " changes, errors: " << ::testing::PrintToString(churn.errors());
  }
  lab::MariaDb::Rows on(size_t node, const std::string& sql) { return cluster_.node(node).execute(sql, database); }
  unsigned long sum_of(const std::string& name) {
    unsigned long sum = 0;
    for (size_t i = 0; i < Cluster::nodes; ++i) {
      sum += std::stoul("0" + cluster_.status(i, name));
    }
    return sum;
  }

 private:
  Cluster cluster_;
};

TEST_F(GaleraTest, LosesNothingWhenANodeIsKilledAndOneCutOff) {
  ASSERT_TRUE(lab::wait_until([&] { return cluster().is_whole(); }, patience));
  Churn churn(pool, endpoints(), password);
  ASSERT_TRUE(awaits_changes(churn, changes_between)) << "with three nodes";

  cluster().node(2).kill();
  EXPECT_TRUE(awaits_changes(churn, changes_between)) << "with two of three";

  // One is left that hears nobody: it has no majority, and nobody may change the table.
  cluster().cut_off(1, true);
  EXPECT_TRUE(lab::wait_until([&] { return cluster().status(0, "wsrep_cluster_status") == "non-Primary"; }, patience));
  EXPECT_TRUE(lab::wait_until(
      [&, before = churn.counts().unreachable + 2 * clients] { return churn.counts().unreachable > before; }, patience))
      << "clients are told";

  cluster().cut_off(1, false);
  EXPECT_TRUE(awaits_changes(churn, changes_between)) << "with two again";
  cluster().node(2).start();
  ASSERT_TRUE(lab::wait_until([&] { return cluster().is_whole(); }, patience));
  EXPECT_TRUE(awaits_changes(churn, changes_between)) << "with three again";

  const std::set<std::string> expected = churn.finish();
  EXPECT_EQ(churn.errors(), std::vector<std::string>{});
  EXPECT_GT(churn.counts().verdicts, 0U);
  EXPECT_GT(sum_of("wsrep_local_cert_failures") + sum_of("wsrep_local_bf_aborts"), 0U) << "there was nothing to repeat";
  for (size_t i = 0; i < Cluster::nodes; ++i) {
    on(i, "SET GLOBAL wsrep_sync_wait = 7");  // for what is asked from here on
    std::set<std::string> present;
    for (const auto& row : on(i, "SELECT name FROM server")) {
      present.insert(row.at(0));
    }
    EXPECT_EQ(present, expected) << "node " << i;
    EXPECT_EQ(on(i, std::string("CALL ServerVerify('") + pool + "')"), lab::MariaDb::Rows{}) << "node " << i;
  }
  std::printf("%u changes, %u of them verdicts; %u calls made again; %lu conflicts repeated by the client\n",
              churn.counts().done.load(), churn.counts().verdicts.load(), churn.counts().unreachable.load(),
              sum_of("wsrep_local_cert_failures") + sum_of("wsrep_local_bf_aborts"));
}

}  // namespace
}  // namespace buddyring

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
