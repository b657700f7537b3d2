// SPDX-License-Identifier: Apache-2.0
// SqlFailure: what the database or the way to it answered, and what that means
// to a caller.
#pragma once

#include <string>
#include <variant>

#include "core/result.h"

namespace buddyring {

struct SqlFailure {
  unsigned code = 0;    // MariaDB's error number
  std::string message;  // MariaDB's own
};

// As Result, before a failure's meaning is decided.
template <class T>
using SqlResult = std::variant<T, SqlFailure>;

// True when the transaction was rolled back because of others: do it again.
[[nodiscard]] bool is_retryable(const SqlFailure& failure);

// True when the connection cannot be used any more.
[[nodiscard]] bool ends_connection(const SqlFailure& failure);

// True when this endpoint does no such work now, and has done nothing of it: another may.
[[nodiscard]] bool refuses_work(const SqlFailure& failure);

// True when this account may not read or write the table.
[[nodiscard]] bool is_denied(const SqlFailure& failure);

// True when the statement named a table or procedure that is not there.
[[nodiscard]] bool is_missing_schema(const SqlFailure& failure);

// One line: `attempt` at `where`, what came back, the cure.
[[nodiscard]] Error to_error(const SqlFailure& failure, const std::string& attempt, const std::string& where);

}  // namespace buddyring
