// SPDX-License-Identifier: Apache-2.0
// What an operator may choose for the router.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/address.h"
#include "core/time.h"
#include "posix/log.h"
#include "posix/options.h"
#include "router/choice.h"

namespace buddyring {

struct RouterSettings {
  RegistryAccess registry;
  std::string pool;
  Endpoint listen;
  std::optional<Endpoint> ui;  // where operators see the page; none: nowhere
  std::string scheme;
  uint16_t target_port = 0;
  Duration refresh{};
  Duration max_staleness{};
  Sticky sticky = Sticky::none;
  unsigned connections = 0;
  Duration client_timeout{};
  bool access_log = false;
  LogLevel log_level = LogLevel::info;
};

// Nothing when --help, --version or --check-config was asked for and has been answered.
// Throws UsageError and StartupError.
[[nodiscard]] std::optional<RouterSettings> router_settings(const std::vector<std::string>& arguments);

}  // namespace buddyring
