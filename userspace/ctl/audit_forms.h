// SPDX-License-Identifier: Apache-2.0
// How entries of the audit are shown.
#pragma once

#include <string>

#include "ctl/context.h"
#include "registry/audit_entry.h"

namespace buddyring {

// Every column; null where there is none.
[[nodiscard]] Json audit_json(const AuditEntry& entry);
// One line: when, what, who, and by whom and why.
[[nodiscard]] std::string audit_text(const AuditEntry& entry);

}  // namespace buddyring
