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

std::vector<std::string> servers_from_2(unsigned count) {
  std::vector<std::string> names;
  for (unsigned i = 0; i < count; ++i) {
    names.push_back("s" + std::to_string(2 + i));
  }
  return names;
}

RegistryTest::RegistryTest() : pool_(pool_of_this_test()), client_(new_client()) {}

std::unique_ptr<RegistryClient> RegistryTest::new_client() {
  return std::make_unique<RegistryClient>(database().url(agent_user, registry_database), agent_password);
}

AnnounceReply RegistryTest::announce(const std::string& server, const std::string& zone) {
  return value_or_throw(client().announce(pool_, {.server = make_server(server), .zone = zone}));
}

void RegistryTest::announce_beside(const std::string& name, const std::string& beside) {
  (void)value_or_throw(client().announce(pool_, {.server = make_server(name), .beside = beside}));
}

void RegistryTest::announce_all(std::initializer_list<const char*> servers) {
  for (const char* const server : servers) {
    announce(server);
  }
}

void RegistryTest::make_table_5(unsigned n) {
  if (n < 3) {
    announce("s1");
    if (n == 2) {
      announce("s2");
    }
    return;
  }
  // Whoever is announced beside server n comes between it and its buddy A.
  announce("s2");
  announce("s" + std::to_string(n));
  announce_beside("s1", "s2");
  for (unsigned i = 3; i < n; ++i) {
    announce_beside("s" + std::to_string(i), "s" + std::to_string(n));
  }
}

DeleteReply RegistryTest::remove(const std::string& server, const std::string& accuser, Incarnation incarnation) {
  return value_or_throw(client().remove(pool_, {.server = server,
                                                .incarnation = incarnation,
                                                .accuser = accuser.empty() ? server : accuser,
                                                .reason = DeleteReason::left,
                                                .evidence = {}}));
}

OwnRow RegistryTest::row(const std::string& server) {
  const auto own = value_or_throw(client().row(pool_, {server})).own;
  return own ? *own : throw std::runtime_error(server + " is not in the table");
}

DeleteRequest RegistryTest::verdict(const std::string& accuser, const std::vector<std::string>& dead,
                                    const std::string& witness) {
  DeleteRequest request{.server = dead.at(0),
                        .incarnation = row(dead[0]).incarnation,
                        .accuser = accuser,
                        .reason = DeleteReason::dead,
                        .evidence = {},
                        .witness = witness,
                        .word = witness.empty() ? WitnessWord::closed : WitnessWord::concurs};
  for (size_t i = 1; i < dead.size(); ++i) {
    request.run.push_back({.server = dead[i], .incarnation = row(dead[i]).incarnation});
  }
  return request;
}

DeleteReply RegistryTest::judge(const DeleteRequest& request) {
  return value_or_throw(client().remove(pool_, request));
}

void RegistryTest::stop_clock_at(std::chrono::microseconds time) {
  constexpr std::chrono::seconds origin{1'700'000'000};
  const std::string text = std::to_string((origin + time).count());
  const size_t whole = text.size() - 6;
  (void)value_or_throw(client().execute("SET SESSION timestamp = " + text.substr(0, whole) + "." + text.substr(whole)));
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

void RegistryTest::forget_pool() {
  for (const char* const table : {"server", "server_incarnation", "pool"}) {
    sql(std::string("DELETE FROM ") + table +
        " WHERE pool_id = " + sql("SELECT pool_id FROM pool WHERE name = '$POOL'").at(0)[0]);
  }
}

lab::MariaDb::Rows RegistryTest::sql(std::string statement) { return sql_all({std::move(statement)}); }

lab::MariaDb::Rows RegistryTest::sql_all(std::vector<std::string> statements) {
  for (std::string& statement : statements) {
    replace_all(statement, "$POOL", pool_);
    replace_all(statement, "$ID", "(SELECT pool_id FROM pool WHERE name = '" + pool_ + "')");
  }
  return database().execute_all(statements, registry_database);
}

}  // namespace buddyring
