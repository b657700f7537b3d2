// SPDX-License-Identifier: Apache-2.0
// Connection: one connection to MariaDB, and procedure calls on it.
//
// Theory of operation. Values travel as bound parameters of prepared
// statements, never inside the text of SQL. A call gives all result sets of its
// procedure, as text; the last of them counts only when the procedure ended
// well, because its transaction ends after them. The statements used last stay
// prepared, limits::registry_prepared_max of them: to prepare one takes the database
// about as long as a change of one row. The client library never
// reconnects by itself: that would hide from the caller that time has passed.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/limits.h"
#include "core/registry_url.h"
#include "registry/result_set.h"
#include "registry/sql_failure.h"

struct st_mysql;

namespace buddyring {

class Statement;

using SqlValue = std::variant<std::string, uint64_t>;

class Connection {
 public:
  // With `tls_ca`, a file of certificates, it is spoken to over TLS alone, and only where
  // one of these vouches for its certificate and that has the host's name or address.
  // An answer is waited for no longer than `patience`.
  explicit Connection(RegistryUrl url, std::string password, std::string tls_ca = "",
                      std::chrono::seconds patience = limits::registry_query_timeout);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  // Others in the same name, not open: to the same endpoint, and to another one.
  [[nodiscard]] std::unique_ptr<Connection> again(std::chrono::seconds patience) const;
  [[nodiscard]] std::unique_ptr<Connection> to(const RegistryUrl& url) const;

  [[nodiscard]] const RegistryUrl& url() const { return url_; }
  [[nodiscard]] bool is_open() const { return mysql_ != nullptr; }
  void close();

  // All of these close the connection when it failed for good. REQUIRES
  // is_open(), but for open().
  SqlResult<Done> open();
  SqlResult<Done> ping();
  // A statement without values; `execute` drops its rows.
  SqlResult<Done> execute(const std::string& sql);
  SqlResult<ResultSet> query(const std::string& sql);
  // A statement with a ? for each of the values.
  SqlResult<std::vector<ResultSet>> run(const std::string& sql, const std::vector<SqlValue>& values);
  // CALL procedure(values...).
  SqlResult<std::vector<ResultSet>> call(const std::string& procedure, const std::vector<SqlValue>& values);

 private:
  struct Closer {
    void operator()(st_mysql* mysql) const;
  };
  SqlFailure failed();
  // The one that is prepared for `sql`, or a new one in place of that used longest ago.
  Statement& statement_for(const std::string& sql);

  RegistryUrl url_;
  std::string password_;
  std::string tls_ca_;
  std::chrono::seconds patience_;
  std::unique_ptr<st_mysql, Closer> mysql_;
  std::vector<std::unique_ptr<Statement>> prepared_;  // that used last is the last
};

}  // namespace buddyring
