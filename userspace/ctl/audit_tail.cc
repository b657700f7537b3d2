// SPDX-License-Identifier: Apache-2.0
#include "ctl/audit_tail.h"

#include <algorithm>
#include <utility>

namespace buddyring {

AuditTail::News AuditTail::take(const std::vector<AuditEntry>& newest_first, size_t limit) {
  News news;
  std::set<uint64_t> seen;
  for (const AuditEntry& entry : newest_first) {
    seen.insert(entry.id);
    if (entry.id > lowest_ && !seen_.contains(entry.id)) {
      news.entries.push_back(entry);
    }
  }
  std::ranges::reverse(news.entries);
  const bool full = newest_first.size() >= limit;
  news.gap = looked_ && full && news.entries.size() == newest_first.size();
  if (full) {
    lowest_ = std::max(lowest_, *seen.begin());
  }
  seen_ = std::move(seen);
  looked_ = true;
  return news;
}

}  // namespace buddyring
