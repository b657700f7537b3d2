// SPDX-License-Identifier: Apache-2.0
// AuditTail: what is new in the audit, from one look at its latest entries to the next.
//
// Theory of operation. Each look has the latest entries, the newest first, up to a limit.
// In a Galera cluster a later entry may have a lower id, so what is new is not what is
// above the highest id seen but what was not in the look before. An entry that comes up
// from below, because an operator deleted later ones, is none.
#pragma once

#include <set>
#include <vector>

#include "registry/audit_entry.h"

namespace buddyring {

class AuditTail {
 public:
  struct News {
    std::vector<AuditEntry> entries;  // the oldest first
    bool gap = false;                 // there were more of them than a look has
  };
  // The first look is all news.
  [[nodiscard]] News take(const std::vector<AuditEntry>& newest_first, size_t limit);

 private:
  std::set<uint64_t> seen_;
  bool looked_ = false;
  uint64_t lowest_ = 0;  // of the look before, when that was cut off at its limit
};

}  // namespace buddyring
