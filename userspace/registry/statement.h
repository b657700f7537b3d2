// SPDX-License-Identifier: Apache-2.0
// Statement: a prepared statement with bound parameters, and its result sets.
#pragma once

#include <mariadb/mysql.h>

#include <memory>
#include <string>
#include <vector>

#include "registry/connection.h"

namespace buddyring {

class Statement {
 public:
  explicit Statement(MYSQL& mysql);

  // Prepares, runs and reads everything.
  SqlResult<std::vector<ResultSet>> run(const std::string& sql, const std::vector<SqlValue>& values);

 private:
  struct Closer {
    void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
  };
  [[nodiscard]] SqlFailure failed() const;
  SqlResult<ResultSet> read_set();

  std::unique_ptr<MYSQL_STMT, Closer> statement_;
};

}  // namespace buddyring
