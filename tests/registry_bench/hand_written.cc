// SPDX-License-Identifier: Apache-2.0
#include "tests/registry_bench/hand_written.h"

#include <stdexcept>
#include <tuple>

#include "tests/lab/loaded_pool.h"

namespace buddyring {

using lab::loaded_address;
using lab::loaded_name;

HandWritten::HandWritten(const RegistryUrl& url, const std::string& password, const std::string& table,
                         uint64_t pool_id, unsigned servers, Manner manner)
    : pool_id_(pool_id), servers_(servers), manner_(manner), mysql_(mysql_init(nullptr)) {
  if (mysql_real_connect(mysql_.get(), url.host.c_str(), url.user.c_str(), password.c_str(), url.database.c_str(),
                         url.port, nullptr, 0) == nullptr) {
    throw std::runtime_error(std::string("connecting: ") + mysql_error(mysql_.get()));
  }
  const std::string where = " WHERE pool_id = ? AND name = ?";
  read_.emplace(*mysql_, "SELECT buddy_a, buddy_b FROM " + table + where + " FOR UPDATE");
  delete_.emplace(*mysql_, "DELETE FROM " + table + where);
  insert_.emplace(*mysql_, "INSERT INTO " + table +
                               " (pool_id, slot, name, address, replace_port, incarnation, epoch, buddy_a, buddy_b)"
                               " VALUES (?, ?, ?, ?, 7946, 1, 1, ?, ?)");
  set_a_.emplace(*mysql_, "UPDATE " + table + " SET buddy_a = ?, epoch = epoch + 1" + where);
  set_b_.emplace(*mysql_, "UPDATE " + table + " SET buddy_b = ?, epoch = epoch + 1" + where);
}

void HandWritten::query(const char* sql) {
  if (mysql_query(mysql_.get(), sql) != 0) {
    throw std::runtime_error(std::string(sql) + ": " + mysql_error(mysql_.get()));
  }
}

std::vector<ResultSet> HandWritten::run(std::optional<Statement>& statement, const std::vector<SqlValue>& values) {
  auto done = statement->run(values);
  if (const auto* const failure = std::get_if<SqlFailure>(&done)) {
    throw std::runtime_error(failure->message);
  }
  return std::get<std::vector<ResultSet>>(std::move(done));
}

std::pair<std::string, std::string> HandWritten::buddies_of(const std::string& name) {
  const auto sets = run(read_, {pool_id_, name});
  const auto& row = sets.at(0).rows.at(0);
  return {row.at(0).value(), row.at(1).value()};
}

void HandWritten::remove(unsigned number) {
  std::string next = loaded_name(after(number));
  std::string previous = loaded_name(before(number));
  query("START TRANSACTION");
  if (manner_ == Manner::reads) {
    std::tie(next, previous) = buddies_of(loaded_name(number));
  }
  run(delete_, {pool_id_, loaded_name(number)});
  run(set_b_, {previous, pool_id_, next});
  run(set_a_, {next, pool_id_, previous});
  query("COMMIT");
}

void HandWritten::insert(unsigned number) {
  const std::string name = loaded_name(number);
  const std::string next = loaded_name(after(number));
  std::string previous = loaded_name(before(number));
  query("START TRANSACTION");
  if (manner_ == Manner::reads) {
    previous = buddies_of(next).second;
  }
  run(insert_, {pool_id_, uint64_t{number}, name, loaded_address(number), next, previous});
  run(set_b_, {name, pool_id_, next});
  run(set_a_, {name, pool_id_, previous});
  query("COMMIT");
}

}  // namespace buddyring
