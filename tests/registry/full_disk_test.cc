// SPDX-License-Identifier: Apache-2.0
// A database that cannot grow any more, as on a full disk: a tablespace with an end.
#include <filesystem>
#include <optional>

#include "registry/installer.h"
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

}  // namespace
}  // namespace buddyring
