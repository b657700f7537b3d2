// SPDX-License-Identifier: Apache-2.0
#include "registry/statement.h"

#include <mariadb/errmsg.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace buddyring {
namespace {

// The longest column is audit.detail, 255 characters of up to 4 bytes.
constexpr size_t cell_bytes_max = 1024;

struct Cell {
  std::array<char, cell_bytes_max> bytes{};
  unsigned long length = 0;
  my_bool is_null = 0;
};

MYSQL_BIND bind_parameter(const SqlValue& value) {
  MYSQL_BIND bind{};
  // The library takes pointers to non-const, but only reads parameters.
  if (const auto* const text = std::get_if<std::string>(&value)) {
    bind.buffer_type = MYSQL_TYPE_STRING;
    bind.buffer = const_cast<char*>(text->data());
    bind.buffer_length = text->size();
  } else {
    bind.buffer_type = MYSQL_TYPE_LONGLONG;
    bind.buffer = const_cast<uint64_t*>(&std::get<uint64_t>(value));
    bind.is_unsigned = 1;
  }
  return bind;
}

MYSQL_BIND bind_cell(Cell& cell) {
  MYSQL_BIND bind{};
  bind.buffer_type = MYSQL_TYPE_STRING;
  bind.buffer = cell.bytes.data();
  bind.buffer_length = cell.bytes.size();
  bind.length = &cell.length;
  bind.is_null = &cell.is_null;
  return bind;
}

std::vector<std::string> column_names(MYSQL_STMT* statement) {
  std::vector<std::string> names;
  if (MYSQL_RES* const metadata = mysql_stmt_result_metadata(statement)) {
    const MYSQL_FIELD* const fields = mysql_fetch_fields(metadata);
    for (unsigned i = 0; i < mysql_num_fields(metadata); ++i) {
      names.emplace_back(fields[i].name);
    }
    mysql_free_result(metadata);
  }
  return names;
}

}  // namespace

Statement::Statement(MYSQL& mysql, std::string sql)
    : mysql_(mysql), sql_(std::move(sql)), statement_(mysql_stmt_init(&mysql)) {
  if (!statement_) {
    throw std::bad_alloc();
  }
}

SqlFailure Statement::failed() const {
  if (mysql_stmt_errno(statement_.get()) != 0) {
    return {mysql_stmt_errno(statement_.get()), mysql_stmt_error(statement_.get())};
  }
  if (mysql_errno(&mysql_) != 0) {
    return {mysql_errno(&mysql_), mysql_error(&mysql_)};
  }
  // An answer that is cut off or not understood: whatever comes next on this connection
  // may belong to it.
  return {CR_MALFORMED_PACKET, "the answer ends without a result or an error"};
}

SqlResult<std::vector<ResultSet>> Statement::run(const std::vector<SqlValue>& values) {
  std::vector<MYSQL_BIND> parameters;
  parameters.reserve(values.size());
  for (const auto& value : values) {
    parameters.push_back(bind_parameter(value));
  }
  if (!prepared_) {
    const auto count = static_cast<unsigned>(values.size());
    mysql_stmt_attr_set(statement_.get(), STMT_ATTR_PREBIND_PARAMS, &count);
  }
  if (!parameters.empty() && mysql_stmt_bind_param(statement_.get(), parameters.data()) != 0) {
    return failed();
  }
  const int done = prepared_ ? mysql_stmt_execute(statement_.get())
                             : mariadb_stmt_execute_direct(statement_.get(), sql_.data(), sql_.size());
  if (done != 0) {
    return failed();
  }
  BUDDYRING_ASSERT(mysql_stmt_param_count(statement_.get()) == values.size());
  prepared_ = true;

  std::vector<ResultSet> sets;
  for (;;) {
    if (mysql_stmt_field_count(statement_.get()) > 0) {
      auto set = read_set();
      if (auto* const failure = std::get_if<SqlFailure>(&set)) {
        return std::move(*failure);
      }
      sets.push_back(std::get<ResultSet>(std::move(set)));
    }
    const int more = mysql_stmt_next_result(statement_.get());
    if (more > 0) {
      return failed();
    }
    if (more < 0) {
      return sets;
    }
  }
}

SqlResult<ResultSet> Statement::read_set() {
  ResultSet set;
  set.columns = column_names(statement_.get());
  std::vector<Cell> cells(set.columns.size());
  std::vector<MYSQL_BIND> binds;
  binds.reserve(cells.size());
  for (auto& cell : cells) {
    binds.push_back(bind_cell(cell));
  }
  if (mysql_stmt_bind_result(statement_.get(), binds.data()) != 0) {
    return failed();
  }
  for (;;) {
    const int status = mysql_stmt_fetch(statement_.get());
    if (status == MYSQL_NO_DATA) {
      mysql_stmt_free_result(statement_.get());
      return set;
    }
    if (status != 0 && status != MYSQL_DATA_TRUNCATED) {
      return failed();
    }
    std::vector<std::optional<std::string>> row;
    for (const auto& cell : cells) {
      if (cell.is_null != 0) {
        row.emplace_back();
      } else {
        row.emplace_back(std::in_place, cell.bytes.data(), std::min<size_t>(cell.length, cell.bytes.size()));
      }
    }
    set.rows.push_back(std::move(row));
  }
}

}  // namespace buddyring
