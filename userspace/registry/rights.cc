// SPDX-License-Identifier: Apache-2.0
#include "registry/rights.h"

#include <set>

#include "registry/accounts.h"
#include "registry/connection.h"

namespace buddyring {
namespace {

// MariaDB lists to an account the routines on which it has a right.
constexpr const char* listing =
    "SELECT ROUTINE_NAME AS name FROM information_schema.ROUTINES"
    " WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'PROCEDURE'";

}  // namespace

Result<std::vector<std::string>> forbidden_procedures(const RegistryUrl& url, const std::string& password,
                                                      const std::string& tls_ca) {
  Connection connection(url, password, tls_ca);
  const auto opened = connection.open();
  if (const auto* failure = std::get_if<SqlFailure>(&opened)) {
    return to_error(*failure, "connecting", url.text());
  }
  const auto answer = connection.query(listing);
  if (const auto* failure = std::get_if<SqlFailure>(&answer)) {
    return to_error(*failure, "listing the procedures", url.text());
  }
  std::set<std::string> permitted;
  const auto& set = std::get<ResultSet>(answer);
  for (size_t i = 0; i < set.rows.size(); ++i) {
    permitted.insert(Row(set, i).text("name"));
  }
  std::vector<std::string> forbidden;
  for (const char* procedure : procedures_of(Duty::agent)) {
    if (!permitted.contains(procedure)) {
      forbidden.emplace_back(procedure);
    }
  }
  return forbidden;
}

}  // namespace buddyring
