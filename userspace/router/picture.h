// SPDX-License-Identifier: Apache-2.0
// Picture: what the operators' page is told of a pool, as values, and the texts that tell
// it: server-sent events whose data is JSON. docs/ui.md has their shapes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "registry/audit_entry.h"
#include "registry/client.h"
#include "router/pool_view.h"

namespace buddyring {

struct Picture {
  std::string pool;
  uint64_t version = 0;
  size_t total = 0;
  std::optional<Instant> paused_until{};  // when its verdicts count again, if they did not
  std::vector<ServerRow> servers{};       // in the order of the names' bytes; none when they are too many
  std::vector<RttReportRow> rtts{};       // in the same order
  bool registry_reached = false;
  std::string registry_error{};
  std::vector<AuditEntry> events{};  // the newest last
};

// All but the events and the round trips.
[[nodiscard]] Picture picture_of(const std::string& pool, const View& view);

// "state": everything. `age`: since the table confirmed it.
[[nodiscard]] std::string state_text(const Picture& picture, Instant now, Duration age);
// "change": what became of the servers and their round trips; "" when nothing did, and nothing of a
// pool too large to be shown but its size.
[[nodiscard]] std::string change_text(const Picture& before, const Picture& after, Instant now);
// "registry": whether the table can be reached.
[[nodiscard]] std::string registry_text(const Picture& picture);
// "events": those of `latest` that are not in `known`, both the newest last; "" when there is none.
[[nodiscard]] std::string events_text(const std::vector<AuditEntry>& known, const std::vector<AuditEntry>& latest);

}  // namespace buddyring
