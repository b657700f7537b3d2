// SPDX-License-Identifier: Apache-2.0
// RegistryUrl: "mysql://USER@HOST:PORT/DATABASE", taken apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace buddyring {

struct RegistryUrl {
  std::string user;
  std::string host;  // a name or an address; IPv6 without its brackets
  uint16_t port = 3306;
  std::string database;

  // For messages: without anything secret, as it was given.
  [[nodiscard]] std::string text() const;
  // HOST:PORT.
  [[nodiscard]] std::string endpoint() const;
};

// PORT may be left out (3306). A password in the URL is refused: it would show
// in the process list.
[[nodiscard]] Result<RegistryUrl> parse_registry_url(std::string_view text);

// "mysql://USER@HOST:PORT,HOST:PORT/DATABASE": a URL for each of the endpoints of one
// registry, of which there are up to limits::registry_endpoints_max, the preferred first.
[[nodiscard]] Result<std::vector<RegistryUrl>> parse_registry_urls(std::string_view text);

}  // namespace buddyring
