// SPDX-License-Identifier: Apache-2.0
// Installer: brings a database to this release's schema and procedures.
//
// Theory of operation. Migrations are numbered and run once each, in order;
// procedures belong to the release and are replaced every time, each in one statement,
// so a second run changes nothing and no caller misses one. Two installers at once
// take turns.
#pragma once

#include <cstdint>

#include "core/result.h"
#include "registry/client.h"

namespace buddyring {

struct InstallReport {
  uint32_t version_before = 0;  // 0: the database was empty
  uint32_t version = 0;
  uint32_t procedures = 0;
};

// The client's user needs all rights on the database. wrong_version when the
// database is of a later release than this program.
[[nodiscard]] Result<InstallReport> install(RegistryClient& client);

}  // namespace buddyring
