// SPDX-License-Identifier: Apache-2.0
#include "registry/installer.h"

#include <iterator>
#include <string>
#include <string_view>

#include "registry_sql.h"

namespace buddyring {
namespace {

static_assert(std::end(embedded_migrations)[-1].number == registry_schema_version,
              "the last migration makes the version that the client asks for");

// In a migration every statement ends with a semicolon at the end of its line,
// and no other line ends with one.
constexpr std::string_view statement_end = ";\n";

Status run_migration(RegistryClient& client, const EmbeddedMigration& migration) {
  std::string_view rest = migration.text;
  for (size_t end = rest.find(statement_end); end != std::string_view::npos; end = rest.find(statement_end)) {
    if (auto done = client.execute(std::string(rest.substr(0, end))); !done) {
      return done;
    }
    rest.remove_prefix(end + statement_end.size());
  }
  return Done{};
}

// Those that are missing come first, so that whoever is replaced finds what it calls. And
// backwards, ServerDelete before ServerAnnounceBeside: since an announcement leaves it to the
// deletion to write down what a name reached, none may be followed by a deletion of before.
Status create_procedures(RegistryClient& client) {
  const auto present = client.procedures();
  if (!present) {
    return present.error();
  }
  for (const bool missing : {true, false}) {
    for (auto procedure = std::rbegin(embedded_procedures); procedure != std::rend(embedded_procedures); ++procedure) {
      if (missing == present.value().contains(std::string(procedure->name))) {
        continue;
      }
      if (auto done = client.execute(std::string(procedure->text)); !done) {
        return done;
      }
    }
  }
  return Done{};
}

Result<InstallReport> install_locked(RegistryClient& client) {
  const auto before = client.schema_version();
  if (!before) {
    return before.error();
  }
  if (before.value() > registry_schema_version) {
    return Error{ErrorKind::wrong_version, "installing the schema: the database has version " +
                                               std::to_string(before.value()) + ", this program knows up to " +
                                               std::to_string(registry_schema_version) +
                                               "; use the Buddyring release that installed it, or a later one"};
  }
  std::string numbers;
  for (const auto& migration : embedded_migrations) {
    if (migration.number > before.value()) {
      if (auto done = run_migration(client, migration); !done) {
        return done.error();
      }
      numbers += (numbers.empty() ? "(" : ", (") + std::to_string(migration.number) + ")";
    }
  }
  if (auto done = create_procedures(client); !done) {
    return done.error();
  }
  if (!numbers.empty()) {
    if (auto done = client.execute("INSERT INTO schema_version (version) VALUES " + numbers); !done) {
      return done.error();
    }
  }
  return InstallReport{.version_before = before.value(),
                       .version = registry_schema_version,
                       .procedures = static_cast<uint32_t>(std::size(embedded_procedures))};
}

}  // namespace

Result<InstallReport> install(RegistryClient& client) {
  if (auto locked = client.lock_schema(); !locked) {
    return locked.error();
  }
  auto report = install_locked(client);
  // An error of the installation itself says more than one of the unlocking.
  if (auto unlocked = client.unlock_schema(); report && !unlocked) {
    return unlocked.error();
  }
  return report;
}

}  // namespace buddyring
