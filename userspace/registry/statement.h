// SPDX-License-Identifier: Apache-2.0
// Statement: a prepared statement with bound parameters, and its result sets.
//
// It is prepared in the same round trip in which it runs for the first time, and then
// stays prepared for as long as it is there. The database limits how many are prepared
// at once, for all clients together.
#pragma once

#include <mariadb/mysql.h>

#include <memory>
#include <string>
#include <vector>

#include "registry/connection.h"

namespace buddyring {

class Statement {
 public:
  // `mysql` must outlive it.
  Statement(MYSQL& mysql, std::string sql);

  [[nodiscard]] const std::string& sql() const { return sql_; }
  // Runs it and reads everything. After a failure it is of no more use.
  SqlResult<std::vector<ResultSet>> run(const std::vector<SqlValue>& values);

 private:
  struct Closer {
    void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
  };
  [[nodiscard]] SqlFailure failed() const;
  SqlResult<ResultSet> read_set();

  MYSQL& mysql_;
  std::string sql_;
  bool prepared_ = false;
  std::unique_ptr<MYSQL_STMT, Closer> statement_;
};

}  // namespace buddyring
