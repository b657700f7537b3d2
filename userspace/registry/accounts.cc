// SPDX-License-Identifier: Apache-2.0
#include "registry/accounts.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "registry/connection.h"

namespace buddyring {
namespace {

constexpr std::array agents{"SchemaVersion", "SchemaRange",  "ServerAnnounce", "ServerAnnounceBeside", "ServerBeside",
                            "ServerBeyond",  "ServerDelete", "ServerRow",      "ServerReport"};
constexpr std::array routers{"SchemaVersion", "SchemaRange",      "PoolVersion", "ServerList",
                             "ServerPick",    "ServerPickExcept", "PoolEvents",  "PoolReports"};
constexpr std::array operators{"SchemaVersion", "SchemaRange",  "PoolVersion",      "ServerList",  "ServerPick",
                               "ServerRow",     "ServerDelete", "ServerPickExcept", "ServerDrain", "ServerWeight",
                               "ServerVerify",  "AuditList",    "PoolPause",        "ServerRejoin"};

constexpr std::array<std::pair<Duty, const char*>, 3> duty_names{
    {{Duty::agent, "agent"}, {Duty::router, "router"}, {Duty::operators, "operator"}}};

// No statement about accounts takes parameters, so the database puts each together
// itself, quoted, from variables that do.
constexpr const char* create_user =
    "SET @change = CONCAT('CREATE USER IF NOT EXISTS ', QUOTE(@account), '@''%'' IDENTIFIED VIA mysql_native_password "
    "USING ', QUOTE(@hash))";
constexpr const char* set_password =
    "SET @change = CONCAT('ALTER USER ', QUOTE(@account), '@''%'' IDENTIFIED VIA mysql_native_password USING ', "
    "QUOTE(@hash))";
constexpr const char* grant_execute =
    "SET @change = CONCAT('GRANT EXECUTE ON PROCEDURE `', DATABASE(), '`.`', @called, '` TO ', QUOTE(@account), "
    "'@''%''')";

// '*' and the hexadecimal SHA-1 of the SHA-1: what the database keeps.
std::string hashed(const std::string& password) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> once{};
  std::array<unsigned char, EVP_MAX_MD_SIZE> twice{};
  unsigned size = 0;
  BUDDYRING_ASSERT(EVP_Digest(password.data(), password.size(), once.data(), &size, EVP_sha1(), nullptr) == 1);
  BUDDYRING_ASSERT(EVP_Digest(once.data(), size, twice.data(), &size, EVP_sha1(), nullptr) == 1);
  std::string text = "*";
  for (unsigned i = 0; i < size; ++i) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    text += digits[twice.at(i) >> 4U];
    text += digits[twice.at(i) & 15U];
  }
  return text;
}

class Granter {
 public:
  Granter(const RegistryUrl& url, const std::string& password, const std::string& tls_ca)
      : connection_(url, password, tls_ca) {}

  Status open() { return checked(connection_.open(), "connecting"); }

  Status make(const Account& account, const char* duty) {
    const std::string attempt = "making the account " + account.name + ", which takes CREATE USER on *.*,";
    if (account.name == connection_.url().user) {
      return Error{ErrorKind::invalid, attempt + " is refused: it is the one that installs; give another name"};
    }
    if (account.password) {
      for (const char* const text : {create_user, set_password}) {
        if (auto set = run("SET @account = ?, @hash = ?", {account.name, hashed(*account.password)}, attempt); !set) {
          return set;
        }
        if (auto done = change(text, attempt); !done) {
          return done;
        }
      }
    }
    return run("INSERT INTO account (name, duty) VALUES (?, ?) ON DUPLICATE KEY UPDATE duty = VALUES(duty)",
               {account.name, std::string(duty)}, "remembering the account " + account.name);
  }

  Result<size_t> grant_all() {
    const auto answer = connection_.query("SELECT name, duty FROM account ORDER BY name");
    if (const auto* const failure = std::get_if<SqlFailure>(&answer)) {
      return to_error(*failure, "listing the accounts", connection_.url().text());
    }
    const auto& set = std::get<ResultSet>(answer);
    for (size_t i = 0; i < set.rows.size(); ++i) {
      Row row(set, i);
      const std::string name = row.text("name");
      const std::string duty = row.text("duty");
      for (const auto& [known, text] : duty_names) {
        if (auto done = duty == text ? grant(name, known) : Status(Done{}); !done) {
          return done.error();
        }
      }
    }
    return set.rows.size();
  }

 private:
  template <class T>
  Status checked(const SqlResult<T>& result, const std::string& attempt) const {
    const auto* const failure = std::get_if<SqlFailure>(&result);
    return failure != nullptr ? Status(to_error(*failure, attempt, connection_.url().text())) : Done{};
  }
  Status run(const std::string& sql, const std::vector<SqlValue>& values, const std::string& attempt) {
    return checked(connection_.run(sql, values), attempt);
  }
  // Carries out the statement that `text` puts into @change.
  Status change(const char* text, const std::string& attempt) {
    for (const char* const sql :
         {text, "PREPARE change_account FROM @change", "EXECUTE change_account", "DEALLOCATE PREPARE change_account"}) {
      if (auto done = checked(connection_.execute(sql), attempt); !done) {
        return done;
      }
    }
    return Done{};
  }
  Status grant(const std::string& account, Duty duty) {
    const std::string attempt =
        "giving the account " + account + " its rights, which takes GRANT OPTION on the database,";
    for (const char* const procedure : procedures_of(duty)) {
      if (auto set = run("SET @account = ?, @called = ?", {account, std::string(procedure)}, attempt); !set) {
        return set;
      }
      if (auto done = change(grant_execute, attempt); !done) {
        return done;
      }
    }
    return Done{};
  }

  Connection connection_;
};

}  // namespace

std::span<const char* const> procedures_of(Duty duty) {
  switch (duty) {
    case Duty::agent:
      return agents;
    case Duty::router:
      return routers;
    case Duty::operators:
      break;
  }
  return operators;
}

Result<size_t> grant_accounts(const RegistryUrl& url, const std::string& password, const std::string& tls_ca,
                              const std::vector<Account>& accounts) {
  Granter granter(url, password, tls_ca);
  if (auto opened = granter.open(); !opened) {
    return opened.error();
  }
  for (const Account& account : accounts) {
    const auto* const duty =
        std::ranges::find_if(duty_names, [&](const auto& each) { return each.first == account.duty; });
    if (auto made = granter.make(account, duty->second); !made) {
      return made.error();
    }
  }
  return granter.grant_all();
}

}  // namespace buddyring
