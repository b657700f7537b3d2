// SPDX-License-Identifier: Apache-2.0
// Replies: the procedures' result sets, read into what the core knows. The
// shapes are described in docs/registry.md; nothing is returned when a result
// set does not have its shape.
#pragma once

#include <optional>
#include <vector>

#include "core/registry_messages.h"
#include "registry/client.h"
#include "registry/result_set.h"

namespace buddyring {

[[nodiscard]] std::optional<AnnounceReply> read_announce(const std::vector<ResultSet>& sets);
[[nodiscard]] std::optional<BesideReply> read_beside(const std::vector<ResultSet>& sets);
[[nodiscard]] std::optional<DeleteReply> read_delete(const std::vector<ResultSet>& sets);
[[nodiscard]] std::optional<BeyondReply> read_beyond(const std::vector<ResultSet>& sets);
[[nodiscard]] std::optional<RowReply> read_row(const std::vector<ResultSet>& sets);
[[nodiscard]] std::optional<ReportReply> read_report(const std::vector<ResultSet>& sets);
// REQUIRES one set with at least one row.
[[nodiscard]] std::optional<Server> read_pick(const std::vector<ResultSet>& sets);
// Whether anything changed; of the procedures for operators.
[[nodiscard]] std::optional<bool> read_change(const std::vector<ResultSet>& sets);
[[nodiscard]] std::optional<PauseReply> read_pause(const std::vector<ResultSet>& sets);
// Whether the server has a row.
[[nodiscard]] std::optional<bool> read_rejoin(const std::vector<ResultSet>& sets);
[[nodiscard]] std::optional<PoolSnapshot> read_list(const std::vector<ResultSet>& sets);
[[nodiscard]] std::optional<std::vector<AuditEntry>> read_audit(const std::vector<ResultSet>& sets);
[[nodiscard]] std::optional<std::vector<RttReportRow>> read_reports(const std::vector<ResultSet>& sets);
[[nodiscard]] std::optional<std::vector<Violation>> read_violations(const std::vector<ResultSet>& sets);

}  // namespace buddyring
