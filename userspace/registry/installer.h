// SPDX-License-Identifier: Apache-2.0
// Installer: brings a database to this release's schema and procedures.
//
// Theory of operation. Migrations are numbered and run in order; procedures belong to
// the release and are replaced every time, each in one statement, so that no caller
// misses one. A pool goes on meanwhile. So the procedures that are new are made before
// any is replaced; one whose parameters or duties changed has a new name, and the
// procedures of the last version go on calling the old one until they are replaced
// themselves. The version is raised last: until then programs of the last version find
// it, and those of this one know that it is not ready. Whatever was interrupted runs
// again from its beginning. Two installers at once take turns.
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
