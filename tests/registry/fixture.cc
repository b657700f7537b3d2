// SPDX-License-Identifier: Apache-2.0
#include "tests/registry/fixture.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "registry/installer.h"

namespace buddyring {
namespace {

namespace fs = std::filesystem;

// build/lab/registry for build/tests/registry: what an earlier run left there
// goes; its MariaDB went with it.
std::string empty_folder() {
  const fs::path binary = fs::read_symlink("/proc/self/exe");
  const fs::path folder = binary.parent_path().parent_path() / "lab" / binary.filename();
  fs::remove_all(folder);
  return folder;
}

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

// The test's name, but for '/', which a pool's name may not have.
std::string pool_of_this_test() {
  const auto& test = *::testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string(test.test_suite_name()) + "." + test.name();
  std::replace(name.begin(), name.end(), '/', '-');
  return name;
}

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) {
    throw std::runtime_error(result.error().message);
  }
  return std::move(result.value());
}

}  // namespace

std::unique_ptr<lab::MariaDb> RegistryEnvironment::database_;

void RegistryEnvironment::SetUp() {
  database_ = std::make_unique<lab::MariaDb>(lab::MariaDbSettings{.folder = empty_folder()});
  database_->create_database(registry_database);
  database_->create_account(agent_user, agent_password, registry_database, lab::MariaDb::Rights::execute);
  database_->create_account(owner_user, owner_password, "%", lab::MariaDb::Rights::all);
  RegistryClient owner(database_->url(owner_user, registry_database), owner_password);
  (void)value_or_throw(install(owner));
}

void RegistryEnvironment::TearDown() { database_.reset(); }

lab::MariaDb& RegistryEnvironment::database() { return *database_; }

Server make_server(const std::string& name) {
  const std::string number = name.substr(name.find_last_not_of("0123456789") + 1);
  return {.name = name, .address = *Address::parse("10.0.0." + number), .replace_port = 7946, .incarnation = 1};
}

RegistryTest::RegistryTest()
    : pool_(pool_of_this_test()),
      client_(new_client()),
      connection_(database().url(agent_user, registry_database), agent_password) {}

std::unique_ptr<RegistryClient> RegistryTest::new_client() {
  return std::make_unique<RegistryClient>(database().url(agent_user, registry_database), agent_password);
}

AnnounceReply RegistryTest::announce(const std::string& server) {
  return value_or_throw(client().announce(pool_, {make_server(server)}));
}

void RegistryTest::announce_beside(const std::string& name, const std::string& beside) {
  if (!connection_.is_open()) {
    ASSERT_TRUE(std::holds_alternative<Done>(connection_.open()));
  }
  const Server server = make_server(name);
  const auto sets = connection_.call("ServerAnnounceBeside", {pool_, server.name, server.address.text(),
                                                              uint64_t{server.replace_port}, uint64_t{1}, beside});
  const auto* const failure = std::get_if<SqlFailure>(&sets);
  ASSERT_EQ(failure, nullptr) << failure->message;
}

void RegistryTest::announce_all(std::initializer_list<const char*> servers) {
  for (const char* const server : servers) {
    announce(server);
  }
}

DeleteReply RegistryTest::remove(const std::string& server, const std::string& accuser, Incarnation incarnation) {
  return value_or_throw(client().remove(pool_, {.server = server,
                                                .incarnation = incarnation,
                                                .accuser = accuser,
                                                .reason = DeleteReason::removed,
                                                .evidence = {}}));
}

OwnRow RegistryTest::row(const std::string& server) {
  const auto own = value_or_throw(client().row(pool_, {server})).own;
  return own ? *own : throw std::runtime_error(server + " is not in the table");
}

Ring RegistryTest::ring() {
  Ring ring;
  for (const auto& row : value_or_throw(client().list(pool_)).servers) {
    ring[row.server.name] = {row.buddy_a, row.buddy_b};
  }
  return ring;
}

std::vector<std::string> RegistryTest::violations() {
  std::vector<std::string> texts;
  for (const auto& violation : value_or_throw(client().verify(pool_))) {
    texts.push_back(violation.rule + " " + violation.server);
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

lab::MariaDb::Rows RegistryTest::sql(std::string statement) {
  replace_all(statement, "$POOL", pool_);
  replace_all(statement, "$ID", "(SELECT pool_id FROM pool WHERE name = '" + pool_ + "')");
  return database().execute(statement, registry_database);
}

}  // namespace buddyring
