// SPDX-License-Identifier: Apache-2.0
// `make test-galera`: a registry that is a cluster loses nodes under churn and gets them
// back. Nothing that was acknowledged is lost, and nothing but `unreachable` is told.
#include <gtest/gtest.h>

#include <filesystem>

#include "registry/installer.h"
#include "tests/galera/cluster.h"
#include "tests/lab/churn.h"
#include "tests/lab/sandbox.h"
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
  // One cluster for all tests: it takes a while to begin.
  static void SetUpTestSuite() {
    cluster_ = std::make_unique<Cluster>(build_folder());
    lab::MariaDb& first = cluster_->node(0);
    first.create_database(database);
    first.create_account(owner, password, "%", lab::MariaDb::Rights::all);
    first.create_account(agent, password, database, lab::MariaDb::Rights::execute);
    ASSERT_TRUE(lab::wait_until([] { return cluster_->is_whole(); }, patience));
    const auto installed = install_from(0);
    ASSERT_TRUE(installed) << installed.error().message;
  }
  static void TearDownTestSuite() { cluster_.reset(); }

  // With all nodes as endpoints, this one first.
  static Result<InstallReport> install_from(size_t node) {
    return cluster_->clients().run([&] {
      RegistryClient installer(cluster_->urls_from(node, owner, database), password);
      return install(installer);
    });
  }
  static Cluster& cluster() { return *cluster_; }
  static std::vector<std::vector<RegistryUrl>> endpoints() {
    std::vector<std::vector<RegistryUrl>> all;
    for (unsigned own = 0; own < clients; ++own) {
      all.push_back(cluster_->urls_from(own, agent, database));
    }
    return all;
  }
  static ::testing::AssertionResult awaits_changes(const lab::Churn& churn, unsigned changes) {
    const unsigned before = churn.counts().done;
    const auto settled = [&] { return churn.counts().done >= before + changes || !churn.errors().empty(); };
    if (lab::wait_until(settled, patience) && churn.errors().empty()) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << churn.counts().done - before
                                         << " changes, errors: " << ::testing::PrintToString(churn.errors());
  }
  static lab::MariaDb::Rows on(size_t node, const std::string& sql) {
    return cluster_->node(node).execute(sql, database);
  }
  static unsigned long sum_of(const std::string& name) {
    unsigned long sum = 0;
    for (size_t i = 0; i < Cluster::nodes; ++i) {
      sum += std::stoul("0" + cluster_->status(i, name));
    }
    return sum;
  }

 private:
  static std::unique_ptr<Cluster> cluster_;
};

std::unique_ptr<Cluster> GaleraTest::cluster_;

// A lock counts on one node, so installers must meet at one.
TEST_F(GaleraTest, InstallersMeetAtTheFirstMember) {
  const auto first = [] {
    for (size_t i = 0; i < Cluster::nodes; ++i) {
      if (cluster().status(i, "wsrep_local_index") == "0") {
        return i;
      }
    }
    throw std::runtime_error("the cluster has no first member");
  }();
  cluster().clients().run([&] {
    RegistryClient one(cluster().urls_from((first + 1) % Cluster::nodes, owner, database), password);
    ASSERT_TRUE(one.lock_schema());
    EXPECT_EQ(one.url().host, cluster().node(first).bind_address());
    RegistryClient other(cluster().urls_from((first + 2) % Cluster::nodes, owner, database), password);
    const auto refused = install(other);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
    EXPECT_NE(refused.error().message.find("another installer"), std::string::npos) << refused.error().message;
    ASSERT_TRUE(one.unlock_schema());
    EXPECT_TRUE(install(other));

    RegistryClient elsewhere(cluster().urls_from((first + 1) % Cluster::nodes, owner, database).front(), password);
    const auto sent_away = install(elsewhere);
    ASSERT_FALSE(sent_away);
    EXPECT_EQ(sent_away.error().kind, ErrorKind::conflict);
    EXPECT_NE(sent_away.error().message.find(cluster().node(first).bind_address() + ":3306"), std::string::npos)
        << sent_away.error().message;
  });
}

TEST_F(GaleraTest, LosesNothingWhenANodeIsKilledAndOneCutOff) {
  const auto running =
      cluster().clients().run([] { return std::make_unique<lab::Churn>(pool, endpoints(), password); });
  lab::Churn& churn = *running;
  ASSERT_TRUE(awaits_changes(churn, changes_between)) << "with three nodes";

  cluster().node(2).kill();
  EXPECT_TRUE(awaits_changes(churn, changes_between)) << "with two of three";

  // One is left that hears nobody: it has no majority, and nobody may change the table.
  cluster().cut_off(1);
  EXPECT_TRUE(lab::wait_until([&] { return cluster().status(0, "wsrep_cluster_status") == "non-Primary"; }, patience));
  EXPECT_TRUE(lab::wait_until(
      [&, before = churn.counts().unreachable + 2 * clients] { return churn.counts().unreachable > before; }, patience))
      << "clients are told";

  cluster().mend(1);
  EXPECT_TRUE(awaits_changes(churn, changes_between)) << "with two again";
  cluster().start(2);
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
  const buddyring::lab::Sandbox sandbox;  // before there is another thread
  return RUN_ALL_TESTS();
}
