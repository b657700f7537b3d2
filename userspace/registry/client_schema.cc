// SPDX-License-Identifier: Apache-2.0
// RegistryClient's part for the installer: the schema, and its lock.
#include <map>

#include "core/limits.h"
#include "posix/clock.h"
#include "registry/client.h"
#include "registry/connection.h"

namespace buddyring {
namespace {

constexpr const char* schema_lock = "CONCAT(DATABASE(), '.buddyring')";

}  // namespace

Status RegistryClient::execute(const std::string& statement) {
  if (auto opened = open(); !opened) {
    return opened;
  }
  const Instant give_up = monotonic_now() + limits::registry_schema_patience;
  for (;;) {
    const auto done = connection_->execute(statement);
    const auto* const failure = std::get_if<SqlFailure>(&done);
    if (failure == nullptr) {
      return Done{};
    }
    // While a change waits for a call under way, every later call waits for the change.
    // Giving up for a moment lets them through.
    if (!is_retryable(*failure) || monotonic_now() >= give_up) {
      return fail(*failure, "changing the schema");
    }
  }
}

Result<uint32_t> RegistryClient::schema_version() {
  const std::string attempt = "reading the schema version";
  if (auto opened = open(); !opened) {
    return opened.error();
  }
  auto answer = connection_->query("SELECT COALESCE(MAX(version), 0) FROM schema_version");
  if (const auto* failure = std::get_if<SqlFailure>(&answer); failure != nullptr && is_denied(*failure)) {
    // Whoever did not install it may only call procedures.
    const auto range = schema_range(attempt);
    return range ? Result<uint32_t>(static_cast<uint32_t>(range.value().version)) : range.error();
  }
  if (const auto* const failure = std::get_if<SqlFailure>(&answer)) {
    return is_missing_schema(*failure) ? Result<uint32_t>(0U) : fail(*failure, attempt);
  }
  const auto version = number_of({std::get<ResultSet>(answer)}, attempt);
  return version ? Result<uint32_t>(static_cast<uint32_t>(version.value())) : version.error();
}

Result<std::set<std::string>> RegistryClient::procedures() {
  if (auto opened = open(); !opened) {
    return opened.error();
  }
  const auto answer = connection_->query(
      "SELECT ROUTINE_NAME AS name FROM information_schema.ROUTINES"
      " WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'PROCEDURE'");
  if (const auto* const failure = std::get_if<SqlFailure>(&answer)) {
    return fail(*failure, "listing the procedures");
  }
  std::set<std::string> names;
  const auto& set = std::get<ResultSet>(answer);
  for (size_t i = 0; i < set.rows.size(); ++i) {
    names.insert(Row(set, i).text("name"));
  }
  return names;
}

Result<std::optional<std::string>> RegistryClient::members_behind_another(const std::string& attempt) {
  const auto answer = connection_->query(
      "SHOW GLOBAL STATUS WHERE Variable_name IN "
      "('wsrep_cluster_size', 'wsrep_local_index', 'wsrep_incoming_addresses')");
  if (const auto* const failure = std::get_if<SqlFailure>(&answer)) {
    return fail(*failure, attempt);
  }
  std::map<std::string, std::string> status;
  const auto& set = std::get<ResultSet>(answer);
  for (size_t i = 0; i < set.rows.size(); ++i) {
    Row row(set, i);
    const std::string name = row.text("Variable_name");
    status[name] = row.text("Value");
  }
  // A database that is no node of a cluster has a size of 0, or says nothing.
  const std::string& size = status["wsrep_cluster_size"];
  if (size.empty() || size == "0" || status["wsrep_local_index"] == "0") {
    return std::optional<std::string>{};
  }
  return std::optional{status["wsrep_incoming_addresses"]};
}

Status RegistryClient::go_to_first_member(const std::string& attempt) {
  const size_t start = at_;
  std::string members;
  for (size_t i = 0; i < urls_.size(); ++i) {
    const size_t index = (start + i) % urls_.size();
    if (index != at_) {
      connection_ = connection_->to(urls_[index]);
      at_ = index;
      if (const auto opened = connection_->open(); std::holds_alternative<SqlFailure>(opened)) {
        note_failure();
        continue;
      }
      endpoints_.on_reached(index);
    }
    const auto behind = members_behind_another(attempt);
    if (!behind || !behind.value()) {
      return behind ? Status(Done{}) : behind.error();
    }
    members = *behind.value();
  }
  return Error{ErrorKind::conflict, attempt + " at " + urls_[start].text() +
                                        ": a Galera cluster's installers take turns at its first member, which no "
                                        "endpoint given is; its members are " +
                                        members + ": give the first of them, or all"};
}

Status RegistryClient::lock_schema() {
  const std::string attempt = "locking the schema";
  connection_ = connection_->again(limits::registry_install_timeout);
  if (auto opened = open(); !opened) {
    return opened;
  }
  if (auto moved = go_to_first_member(attempt); !moved) {
    return moved;
  }
  const auto answer = connection_->query(std::string("SELECT COALESCE(GET_LOCK(") + schema_lock + ", " +
                                         std::to_string(limits::registry_lock_timeout.count()) + "), 0)");
  if (const auto* const failure = std::get_if<SqlFailure>(&answer)) {
    return fail(*failure, attempt);
  }
  const auto locked = number_of({std::get<ResultSet>(answer)}, attempt);
  if (!locked) {
    return locked.error();
  }
  schema_locked_ = locked.value() == 1;
  return schema_locked_ ? Status(Done{})
                        : Error{ErrorKind::conflict, attempt + " at " + connection_->url().text() +
                                                         ": another installer holds it; wait for it to end"};
}

Status RegistryClient::unlock_schema() {
  auto unlocked = execute(std::string("DO RELEASE_LOCK(") + schema_lock + ")");
  schema_locked_ = false;
  return unlocked;
}

}  // namespace buddyring
