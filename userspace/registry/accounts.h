// SPDX-License-Identifier: Apache-2.0
// Accounts of the database, and what each may call.
//
// Theory of operation. An account has one duty, and may EXECUTE the procedures of that
// duty and nothing else: nobody but the procedures writes a table, and nobody reads
// one directly. The table `account` remembers whom the installer gave rights, so that
// an upgrade gives them the procedures that are new. Passwords travel hashed, so that
// no log of the database holds one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/registry_url.h"
#include "core/result.h"

namespace buddyring {

enum class Duty {
  agent,     // buddyd
  router,    // buddyrouter, and clients that pick for themselves
  operators  // buddyctl, but for registry install
};

// Includes what each needs to connect.
[[nodiscard]] std::span<const char* const> procedures_of(Duty duty);

struct Account {
  Duty duty = Duty::agent;
  std::string name;                     // a valid name; may connect from everywhere
  std::optional<std::string> password;  // without one, the account must be there
};

// Makes these, sets their passwords, and gives them and all earlier ones their rights.
// How many have rights now. REQUIRES that the schema is installed, by an account that
// may do this. Opens a connection of its own. Errors: as RegistryClient, and invalid
// for the connecting account's own name.
[[nodiscard]] Result<size_t> grant_accounts(const RegistryUrl& url, const std::string& password,
                                            const std::string& tls_ca, const std::vector<Account>& accounts);

}  // namespace buddyring
