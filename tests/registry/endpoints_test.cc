// SPDX-License-Identifier: Apache-2.0
// Two endpoints: one goes and comes back. Two MariaDBs, each with a table of its own,
// which is enough to see who is asked.
#include <poll.h>
#include <unistd.h>

#include <filesystem>

#include "registry/installer.h"
#include "registry/worker.h"
#include "tests/lab/wait.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;

class EndpointsTest : public RegistryTest {
 protected:
  static void SetUpTestSuite() {
    const std::filesystem::path folder =
        std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "lab/registry-second";
    std::filesystem::remove_all(folder);
    second_ = std::make_unique<lab::MariaDb>(lab::MariaDbSettings{.folder = folder});
    second_->create_database(registry_database);
    second_->create_account(agent_user, agent_password, registry_database, lab::MariaDb::Rights::execute);
    second_->create_account(owner_user, owner_password, "%", lab::MariaDb::Rights::all);
    RegistryClient owner(second_->url(owner_user, registry_database), owner_password);
    ASSERT_TRUE(install(owner));
  }
  static void TearDownTestSuite() { second_.reset(); }

  static lab::MariaDb& second() { return *second_; }
  static std::vector<RegistryUrl> both() {
    return {database().url(agent_user, registry_database), second().url(agent_user, registry_database)};
  }
  static RegistryClient client_of_both() { return {both(), agent_password}; }
  static bool at_first(const RegistryClient& client) { return client.url().port == database().port(); }

 private:
  static std::unique_ptr<lab::MariaDb> second_;
};

std::unique_ptr<lab::MariaDb> EndpointsTest::second_;

TEST_F(EndpointsTest, TheFirstIsPreferred) {
  RegistryClient client = client_of_both();
  ASSERT_TRUE(client.connect());
  EXPECT_TRUE(at_first(client));
  EXPECT_FALSE(client.return_due());
}

TEST_F(EndpointsTest, WhenItIsAwayTheSecondIsAskedInTheSameCall) {
  RegistryClient client = client_of_both();
  database().stop();
  const auto announced = client.announce(pool(), {make_server("s1")});
  database().start();
  EXPECT_TRUE(announced) << announced.error().message;
  EXPECT_FALSE(at_first(client));
  EXPECT_EQ(client.endpoints().entries()[0].state, EndpointState::failed);
  EXPECT_EQ(client.endpoints().entries()[1].state, EndpointState::reached);
}

TEST_F(EndpointsTest, ABrokenConnectionIsToldOnce) {
  RegistryClient client = client_of_both();
  ASSERT_TRUE(client.connect());
  database().kill();
  const auto lost = client.row(pool(), {"s1"});
  const auto next = client.row(pool(), {"s1"});
  database().start();
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::unreachable);
  EXPECT_TRUE(next) << next.error().message;
  EXPECT_FALSE(at_first(client));
}

TEST_F(EndpointsTest, WhenBothAreAwayBothAreNamed) {
  RegistryClient client = client_of_both();
  database().stop();
  second().stop();
  const auto none = client.connect();
  database().start();
  second().start();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::unreachable);
  for (const RegistryUrl& url : both()) {
    EXPECT_NE(none.error().message.find(url.text()), std::string::npos) << none.error().message;
  }
  EXPECT_TRUE(client.connect());
}

TEST_F(EndpointsTest, ItGoesBackToTheFirstWhenThatAnswers) {
  RegistryClient client = client_of_both();
  database().stop();
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.return_due());
  EXPECT_TRUE(
      lab::wait_until([&client] { return client.try_return(), client.endpoints().entries()[0].failures > 1; }, 20s));
  EXPECT_TRUE(client.connected()) << "a way back that fails costs nothing";
  EXPECT_FALSE(at_first(client));
  database().start();
  EXPECT_TRUE(lab::wait_until([&client] { return client.try_return(), at_first(client); }, 60s));
  EXPECT_TRUE(client.row(pool(), {"s1"}));
  EXPECT_FALSE(client.return_due());
}

TEST_F(EndpointsTest, AReadOnlyOneIsLeftInTheSameCallAndNotGoneBackTo) {
  RegistryClient client = client_of_both();
  ASSERT_TRUE(client.connect());
  database().execute("SET GLOBAL read_only = ON");
  const auto announced = client.announce(pool(), {make_server("s1")});
  EXPECT_TRUE(announced) << announced.error().message;
  EXPECT_FALSE(at_first(client));
  EXPECT_TRUE(
      lab::wait_until([&client] { return client.try_return(), client.endpoints().entries()[0].failures > 1; }, 20s));
  EXPECT_FALSE(at_first(client));
  database().execute("SET GLOBAL read_only = OFF");
  EXPECT_TRUE(lab::wait_until([&client] { return client.try_return(), at_first(client); }, 60s));
}

// A verdict must be looked at anew before it goes elsewhere.
TEST_F(EndpointsTest, AVerdictThatIsRefusedComesBackFirst) {
  RegistryClient client = client_of_both();
  announce_all({"s1", "s2", "s3"});
  const DeleteRequest dead = verdict("s1", {"s2"}, "s3");
  ASSERT_TRUE(client.connect());
  database().execute("SET GLOBAL read_only = ON");
  const auto refused = client.remove(pool(), dead);
  database().execute("SET GLOBAL read_only = OFF");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unreachable);
  EXPECT_EQ(judge(dead).outcome, DeleteReply::Outcome::deleted);
}

// Nothing is asked of it, and still it goes back.
TEST_F(EndpointsTest, AnIdleWorkerGoesBack) {
  RegistryWorker worker({.urls = both(), .password = agent_password, .pool = pool(), .fresh_contact = 1h});
  database().stop();
  worker.submit(RowRequest{"s1"});
  pollfd watched{.fd = worker.event_fd(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll(&watched, 1, 20'000), 1);
  EXPECT_TRUE(std::holds_alternative<RowReply>(worker.take_reply().value()));
  EXPECT_EQ(worker.endpoints()[0].state, EndpointState::failed);
  EXPECT_EQ(worker.endpoints()[1].state, EndpointState::reached);
  database().start();
  EXPECT_TRUE(lab::wait_until([&worker] { return worker.endpoints()[0].state == EndpointState::reached; }, 60s));
  EXPECT_EQ(worker.endpoints()[1].state, EndpointState::standby);
}

}  // namespace
}  // namespace buddyring
