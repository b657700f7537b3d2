// SPDX-License-Identifier: Apache-2.0
#include "registry/connection.h"

#include <mariadb/mysql.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "core/limits.h"
#include "registry/schema_version.h"
#include "registry/statement.h"

namespace buddyring {
namespace {

// Procedures keep the SQL mode and the character set under which they were
// created, so whoever installs them must not depend on the server's defaults.
// In a Galera cluster a transaction begins with what any node has committed, so that
// whoever changed nodes does not read of the past; elsewhere that setting does nothing.
// A lock is waited for less long than the answer, so that it is the database
// that gives up and rolls back. In UTC no hour comes twice, so that a time of a
// minute ago is one. By the version the procedures know which form of a reply we read.
std::string session_settings() {
  const std::string seconds = std::to_string(limits::registry_lock_timeout.count());
  return "SET SESSION sql_mode = 'TRADITIONAL', time_zone = '+00:00', autocommit = 1, innodb_lock_wait_timeout = " +
         seconds + ", lock_wait_timeout = " + seconds +
         ", wsrep_sync_wait = 1, @buddyring_version = " + std::to_string(registry_schema_version);
}

void set_seconds(MYSQL* mysql, mysql_option option, std::chrono::seconds value) {
  const auto seconds = static_cast<unsigned>(value.count());
  mysql_optionsv(mysql, option, &seconds);
}

// The library's global state is set up once, before any thread can race for it.
void initialise_library() {
  static const int initialised = mysql_library_init(0, nullptr, nullptr);
  BUDDYRING_ASSERT(initialised == 0);
}

}  // namespace

void Connection::Closer::operator()(st_mysql* mysql) const { mysql_close(mysql); }

Connection::Connection(RegistryUrl url, std::string password, std::string tls_ca, std::chrono::seconds patience)
    : url_(std::move(url)), password_(std::move(password)), tls_ca_(std::move(tls_ca)), patience_(patience) {
  initialise_library();
}

Connection::~Connection() = default;

void Connection::close() {
  prepared_.clear();
  mysql_.reset();
}

std::unique_ptr<Connection> Connection::again(std::chrono::seconds patience) const {
  return std::make_unique<Connection>(url_, password_, tls_ca_, patience);
}

std::unique_ptr<Connection> Connection::to(const RegistryUrl& url) const {
  return std::make_unique<Connection>(url, password_, tls_ca_, patience_);
}

SqlFailure Connection::failed() {
  SqlFailure failure{mysql_errno(mysql_.get()), mysql_error(mysql_.get())};
  if (ends_connection(failure)) {
    close();
  }
  return failure;
}

SqlResult<Done> Connection::open() {
  close();
  mysql_.reset(mysql_init(nullptr));
  if (!mysql_) {
    throw std::bad_alloc();
  }
  const my_bool off = 0;
  const unsigned no = 0;
  // Without this, "localhost" would mean a socket file.
  const unsigned protocol = MYSQL_PROTOCOL_TCP;
  mysql_optionsv(mysql_.get(), MYSQL_OPT_PROTOCOL, &protocol);
  mysql_optionsv(mysql_.get(), MYSQL_OPT_RECONNECT, &off);
  mysql_optionsv(mysql_.get(), MYSQL_OPT_LOCAL_INFILE, &no);
  mysql_optionsv(mysql_.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  set_seconds(mysql_.get(), MYSQL_OPT_CONNECT_TIMEOUT,
              std::min<std::chrono::seconds>(patience_, limits::registry_connect_timeout));
  set_seconds(mysql_.get(), MYSQL_OPT_READ_TIMEOUT, patience_);
  set_seconds(mysql_.get(), MYSQL_OPT_WRITE_TIMEOUT, limits::registry_query_timeout);
  if (!tls_ca_.empty()) {
    const my_bool on = 1;
    mysql_optionsv(mysql_.get(), MYSQL_OPT_SSL_CA, tls_ca_.c_str());
    mysql_optionsv(mysql_.get(), MYSQL_OPT_SSL_ENFORCE, &on);
    mysql_optionsv(mysql_.get(), MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
  }
  if (mysql_real_connect(mysql_.get(), url_.host.c_str(), url_.user.c_str(), password_.c_str(), url_.database.c_str(),
                         url_.port, nullptr, 0) == nullptr) {
    SqlFailure failure = failed();
    close();
    return failure;
  }
  auto done = execute(session_settings());
  if (std::holds_alternative<SqlFailure>(done)) {
    close();
  }
  return done;
}

SqlResult<Done> Connection::ping() {
  if (mysql_ping(mysql_.get()) != 0) {
    SqlFailure failure = failed();
    close();
    return failure;
  }
  return Done{};
}

SqlResult<Done> Connection::execute(const std::string& sql) {
  auto result = query(sql);
  if (auto* const failure = std::get_if<SqlFailure>(&result)) {
    return std::move(*failure);
  }
  return Done{};
}

SqlResult<ResultSet> Connection::query(const std::string& sql) {
  if (mysql_real_query(mysql_.get(), sql.data(), sql.size()) != 0) {
    return failed();
  }
  ResultSet set;
  MYSQL_RES* const result = mysql_store_result(mysql_.get());
  if (result == nullptr) {
    return mysql_errno(mysql_.get()) != 0 ? SqlResult<ResultSet>(failed()) : set;
  }
  const unsigned columns = mysql_num_fields(result);
  const MYSQL_FIELD* const fields = mysql_fetch_fields(result);
  for (unsigned i = 0; i < columns; ++i) {
    set.columns.emplace_back(fields[i].name);
  }
  while (MYSQL_ROW row = mysql_fetch_row(result)) {
    const unsigned long* const lengths = mysql_fetch_lengths(result);
    auto& cells = set.rows.emplace_back(columns);
    for (unsigned i = 0; i < columns; ++i) {
      if (row[i] != nullptr) {
        cells[i].emplace(row[i], lengths[i]);
      }
    }
  }
  mysql_free_result(result);
  return set;
}

SqlResult<std::vector<ResultSet>> Connection::call(const std::string& procedure, const std::vector<SqlValue>& values) {
  std::string sql = "CALL " + procedure + "(";
  for (size_t i = 0; i < values.size(); ++i) {
    sql += i == 0 ? "?" : ", ?";
  }
  sql += ")";
  return run(sql, values);
}

Statement& Connection::statement_for(const std::string& sql) {
  const auto known = std::ranges::find(prepared_, sql, [](const auto& statement) { return statement->sql(); });
  if (known != prepared_.end()) {
    std::rotate(known, known + 1, prepared_.end());
  } else {
    if (prepared_.size() == limits::registry_prepared_max) {
      prepared_.erase(prepared_.begin());
    }
    prepared_.push_back(std::make_unique<Statement>(*mysql_, sql));
  }
  return *prepared_.back();
}

SqlResult<std::vector<ResultSet>> Connection::run(const std::string& sql, const std::vector<SqlValue>& values) {
  auto sets = statement_for(sql).run(values);
  if (const auto* const failure = std::get_if<SqlFailure>(&sets)) {
    prepared_.pop_back();
    if (ends_connection(*failure)) {
      close();
    }
  }
  return sets;
}

}  // namespace buddyring
