// SPDX-License-Identifier: Apache-2.0
// ServiceOptions: for which services a server stands, from buddyd's options.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "posix/options.h"

namespace buddyring {

// All lists together hold at most limits::services_max.
struct ServiceOptions {
  std::vector<pid_t> processes;
  std::vector<std::string> units;
};

void add_service_options(po::options_description& settings);
// Throws UsageError that names the option, its value and what is accepted.
[[nodiscard]] ServiceOptions service_options(const Options& options);

}  // namespace buddyring
