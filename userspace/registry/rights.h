// SPDX-License-Identifier: Apache-2.0
// Which of the stored procedures an account may call.
#pragma once

#include <string>
#include <vector>

#include "core/registry_url.h"
#include "core/result.h"

namespace buddyring {

// Of the procedures that an agent calls, those that this account may not, or that are
// not there; none of them is called. Opens a connection of its own. Errors:
// unreachable, access_denied.
[[nodiscard]] Result<std::vector<std::string>> forbidden_procedures(const RegistryUrl& url, const std::string& password,
                                                                    const std::string& tls_ca = "");

}  // namespace buddyring
