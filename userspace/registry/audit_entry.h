// SPDX-License-Identifier: Apache-2.0
// AuditEntry: what the server table keeps of a change, for operators. docs/registry.md says
// which event has which columns; a text is empty where a column is NULL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/server.h"

namespace buddyring {

struct AuditEntry {
  uint64_t id = 0;   // rises with time, except between the nodes of a Galera cluster
  std::string at{};  // "2026-11-28 20:12:03.123456", UTC by the database's clock
  std::string event{};
  std::string server{};
  std::string address{};
  Incarnation incarnation = 0;
  std::string accuser{};  // or who the operator is
  std::string reason{};   // dead, left, removed
  // Of the accuser's CLOCK_MONOTONIC.
  std::optional<uint64_t> last_answer_ns{};
  std::optional<uint64_t> verdict_ns{};
  std::optional<uint64_t> misses{};
  std::string detail{};
  std::string witness{};
  std::string word{};
  std::string account{};
};

}  // namespace buddyring
