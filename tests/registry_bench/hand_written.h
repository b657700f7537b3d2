// SPDX-License-Identifier: Apache-2.0
// What somebody would write by hand instead of calling the procedures: the three rows
// that a change of the ring is about, changed in one transaction by statements that
// are prepared once.
//
// Theory of operation. It works on a copy of the server table that nobody else uses.
// No place is chosen, nothing is checked, no incarnation remembered, no audit written, no
// pool locked, and no answer read. Of two manners one first reads, and locks, who the
// buddies are, as whoever changes a table that others change must: it is the same three
// rows' transaction. The other knows them beforehand, and is right only where nobody else
// writes: the least that three rows cost on this server.
#pragma once

#include <mariadb/mysql.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/registry_url.h"
#include "registry/statement.h"

namespace buddyring {

class HandWritten {
 public:
  enum class Manner : uint8_t { reads, knows };
  // `table` has the columns of `server`, and the servers of a loaded pool.
  // Throws std::runtime_error, as all of it.
  HandWritten(const RegistryUrl& url, const std::string& password, const std::string& table, uint64_t pool_id,
              unsigned servers, Manner manner);

  // Takes server `number` out between its two buddies, and puts it back there.
  void remove(unsigned number);
  void insert(unsigned number);

 private:
  struct Closer {
    void operator()(MYSQL* mysql) const { mysql_close(mysql); }
  };
  std::vector<ResultSet> run(std::optional<Statement>& statement, const std::vector<SqlValue>& values);
  // Its two buddies, locked.
  std::pair<std::string, std::string> buddies_of(const std::string& name);
  void query(const char* sql);
  [[nodiscard]] unsigned after(unsigned number) const { return number % servers_ + 1; }
  [[nodiscard]] unsigned before(unsigned number) const { return (number + servers_ - 2) % servers_ + 1; }

  uint64_t pool_id_;
  unsigned servers_;
  Manner manner_;
  std::unique_ptr<MYSQL, Closer> mysql_;
  std::optional<Statement> read_;
  std::optional<Statement> delete_;
  std::optional<Statement> insert_;
  std::optional<Statement> set_a_;
  std::optional<Statement> set_b_;
};

}  // namespace buddyring
