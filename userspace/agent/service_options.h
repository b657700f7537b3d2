// SPDX-License-Identifier: Apache-2.0
// ServiceOptions: for which services a server stands, from buddyd's options.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "agent/health_check.h"
#include "core/address.h"
#include "posix/cpu_set.h"
#include "posix/options.h"

namespace buddyring {

// All lists together hold at most limits::services_max.
struct ServiceOptions {
  std::vector<pid_t> processes;
  std::vector<std::string> units;
  std::vector<Endpoint> endpoints;    // of --watch-tcp
  std::vector<std::string> commands;  // of --watch-exec
  HealthSettings health;              // of these two
  std::optional<CpuSet> child_cpus;   // where commands and systemctl may run; nothing: where we do
};

void add_service_options(po::options_description& settings);
// Throws UsageError that names the option, its value and what is accepted.
[[nodiscard]] ServiceOptions service_options(const Options& options);

}  // namespace buddyring
