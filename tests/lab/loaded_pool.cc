// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/loaded_pool.h"

#include <algorithm>

#include "core/result.h"

namespace buddyring::lab {
namespace {

// What one statement inserts: the next of `servers`, counted from `first` on.
constexpr unsigned chunk = 10'000;

// The numbers first to last, in a statement that MySQL knows as well.
std::string numbers(unsigned first, unsigned last) {
  const std::string digits =
      "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5"
      " UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
  return "(SELECT " + std::to_string(first) + " + a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS i FROM " + digits +
         " a JOIN " + digits + " b JOIN " + digits + " c JOIN " + digits + " e HAVING i <= " + std::to_string(last) +
         ") number";
}

std::string name_of(const std::string& number) { return "CONCAT('n', LPAD(" + number + ", 7, '0'))"; }

}  // namespace

std::string loaded_name(unsigned number) {
  const std::string digits = std::to_string(number);
  return "n" + std::string(7 - digits.size(), '0') + digits;
}

std::string loaded_address(unsigned number) {
  return "10." + std::to_string(number >> 16) + "." + std::to_string(number >> 8 & 255) + "." +
         std::to_string(number & 255);
}

void load_pool(MariaDb& mariadb, const std::string& database, const std::string& pool, unsigned servers) {
  BUDDYRING_ASSERT(servers >= 3 && servers <= loaded_servers_max);
  const std::string count = std::to_string(servers);
  const std::string id = "(SELECT pool_id FROM pool WHERE name = '" + pool + "')";
  std::vector<std::string> statements{
      "SET autocommit = 0", "INSERT INTO pool (name, size, version) VALUES ('" + pool + "', " + count + ", 1)"};
  for (unsigned first = 1; first <= servers; first += chunk) {
    const std::string range = numbers(first, std::min(first + chunk - 1, servers));
    statements.push_back("INSERT INTO server_incarnation (pool_id, name, incarnation) SELECT " + id + ", " +
                         name_of("i") + ", 1 FROM " + range);
    statements.push_back(
        "INSERT INTO server (pool_id, slot, name, address, replace_port, incarnation, epoch, buddy_a, buddy_b) "
        "SELECT " +
        id + ", i, " + name_of("i") + ", INET_NTOA(167772160 + i), 7946, 1, 1, " + name_of("i MOD " + count + " + 1") +
        ", " + name_of("(i + " + count + " - 2) MOD " + count + " + 1") + " FROM " + range);
  }
  statements.emplace_back("COMMIT");
  mariadb.execute_all(statements, database);
}

}  // namespace buddyring::lab
