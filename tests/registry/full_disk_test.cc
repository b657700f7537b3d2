// SPDX-License-Identifier: Apache-2.0
// A database that cannot grow any more: a tablespace with an end, and a disk that is full.
#include <filesystem>
#include <optional>

#include "registry/installer.h"
#include "tests/lab/churn.h"
#include "tests/lab/small_disk.h"
#include "tests/lab/wait.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

constexpr unsigned servers_max = 5000;

class FullDiskTest : public RegistryTest {
 protected:
  FullDiskTest() : small_(settings()) {
    small_.create_database(registry_database);
    small_.create_account(owner_user, owner_password, "%", lab::MariaDb::Rights::all);
    client_ = std::make_unique<RegistryClient>(small_.url(owner_user, registry_database), owner_password);
    const auto installed = install(*client_);
    EXPECT_TRUE(installed) << installed.error().message;
  }
  lab::MariaDb& small() { return small_; }
  RegistryClient& registry() { return *client_; }

  static Server server(unsigned number) {
    return {.name = "f" + std::to_string(number),
            .address = *Address::parse("10.9." + std::to_string(number / 250) + "." + std::to_string(number % 250 + 1)),
            .replace_port = 7946,
            .incarnation = 1};
  }
  static std::vector<std::string> limited_to(const std::string& size) {
    return {"--innodb-file-per-table=0", "--innodb-data-file-path=ibdata1:12M:autoextend:max:" + size};
  }
  // Until nothing more goes into it.
  void fill() {
    small_.execute("CREATE TABLE filler (bytes LONGBLOB)", registry_database);
    for (const char* const size : {"1000000", "100000", "10000", "1000"}) {
      try {
        for (;;) {
          small_.execute(std::string("INSERT INTO filler VALUES (REPEAT('x', ") + size + "))", registry_database);
        }
      } catch (const std::runtime_error& full) {
        EXPECT_NE(std::string(full.what()).find("full"), std::string::npos) << full.what();
      }
    }
  }

 private:
  static lab::MariaDbSettings settings() {
    const auto folder =
        std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "lab/registry-small";
    std::filesystem::remove_all(folder);
    lab::MariaDbSettings settings{.folder = folder};
    settings.arguments = limited_to("20M");
    return settings;
  }

  lab::MariaDb small_;
  std::unique_ptr<RegistryClient> client_;
};

TEST_F(FullDiskTest, IsUnreachableSaysSoAndLosesNothing) {
  ASSERT_TRUE(registry().announce("p", {server(0)}));
  fill();
  unsigned announced = 1;
  std::optional<Error> refused;
  for (; announced < servers_max && !refused; ++announced) {
    const auto reply = registry().announce("p", {server(announced)});
    if (!reply) {
      refused = reply.error();
      break;
    }
  }
  ASSERT_TRUE(refused) << "it took " << announced << " servers";
  EXPECT_EQ(refused->kind, ErrorKind::unreachable) << refused->message;
  EXPECT_NE(refused->message.find("make room"), std::string::npos) << refused->message;
  EXPECT_EQ(registry().list("p").value().servers.size(), announced) << "what is only read is read";

  small().restart_with(limited_to("40M"));
  EXPECT_FALSE(registry().ping());
  ASSERT_TRUE(registry().announce("p", {server(announced)}));
  EXPECT_EQ(registry().list("p").value().servers.size(), announced + 1);
  EXPECT_TRUE(registry().verify("p").value().empty());
}

// A real disk that is full: the database's data, its undo and its temporary files are on a
// small file system, of which nothing is left. Clients change pools all the while, until what
// the tables had in reserve is gone, too. Now and then InnoDB does not get over that and aborts:
// then the database is away until it is started again, and what was acknowledged is there.
class FullFileSystemTest : public ::testing::Test {
 protected:
  static constexpr unsigned clients = 4;
  static constexpr unsigned changes_between = 40;
  static constexpr auto patience = std::chrono::seconds{120};

  FullFileSystemTest() : disk_(folder("small-disk"), disk_mebibytes), database_(settings(disk_)) {
    database_.create_database(registry_database);
    database_.create_account(owner_user, owner_password, "%", lab::MariaDb::Rights::all);
    RegistryClient owner(url(), owner_password);
    const auto installed = install(owner);
    EXPECT_TRUE(installed) << installed.error().message;
  }

  lab::SmallDisk& disk() { return disk_; }
  lab::MariaDb& database() { return database_; }
  [[nodiscard]] RegistryUrl url() const { return database_.url(owner_user, registry_database); }
  static ::testing::AssertionResult awaits_changes(const lab::Churn& churn) {
    const unsigned before = churn.counts().done;
    const auto settled = [&] { return churn.counts().done >= before + changes_between || !churn.errors().empty(); };
    return lab::wait_until(settled, patience) && churn.errors().empty()
               ? ::testing::AssertionSuccess()
               : ::testing::AssertionFailure() << ::testing::PrintToString(churn.errors());
  }

 private:
  static constexpr unsigned disk_mebibytes = 160;

  static std::string folder(const std::string& name) {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "lab" / name;
  }
  static lab::MariaDbSettings settings(const lab::SmallDisk& disk) {
    std::filesystem::remove_all(folder("registry-full"));
    return {.folder = folder("registry-full"), .data_folder = disk.folder() + "/data"};
  }

  lab::SmallDisk disk_;
  lab::MariaDb database_;
};

TEST_F(FullFileSystemTest, CallsAreUnreachableUntilThereIsRoomAndNothingIsLost) {
  lab::Churn churn("p", std::vector<std::vector<RegistryUrl>>(clients, {url()}), owner_password);
  ASSERT_TRUE(awaits_changes(churn)) << "with room";
  disk().fill();
  // Until none of them gets anything done any more.
  const auto stands_still = [&, done = churn.counts().done.load(),
                             tried = churn.counts().unreachable.load()]() mutable {
    if (done != churn.counts().done) {
      done = churn.counts().done;
      tried = churn.counts().unreachable;
    }
    return churn.counts().unreachable >= tried + 5 * clients;
  };
  EXPECT_TRUE(lab::wait_until(stands_still, patience));
  RegistryClient client(url(), owner_password);
  // Its record is a little shorter than theirs, and may fit once more.
  auto refused = client.announce("p", {.server = make_server("s1")});
  while (refused) {
    refused = client.announce("p", {.server = make_server("s1")});
  }
  EXPECT_EQ(refused.error().kind, ErrorKind::unreachable) << refused.error().message;
  if (client.connected()) {
    EXPECT_NE(refused.error().message.find("make room"), std::string::npos) << refused.error().message;
    EXPECT_TRUE(client.list("p")) << "what is only read is read";
  }

  disk().make_room();
  if (!client.ping()) {
    database().kill();
    database().start();
  }
  EXPECT_TRUE(awaits_changes(churn)) << "no client had to be started";
  ASSERT_TRUE(client.announce("p", {.server = make_server("s1")}));
  std::set<std::string> expected = churn.finish();
  EXPECT_EQ(churn.errors(), std::vector<std::string>{});
  expected.insert("s1");
  std::set<std::string> present;
  const PoolSnapshot pool = client.list("p").value();
  for (const auto& row : pool.servers) {
    present.insert(row.server.name);
  }
  EXPECT_EQ(present, expected);
  EXPECT_TRUE(client.verify("p").value().empty());
}

}  // namespace
}  // namespace buddyring
