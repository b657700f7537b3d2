// SPDX-License-Identifier: Apache-2.0
// Server: what one member of a pool knows of another.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/address.h"

namespace buddyring {

// Rises each time a server announces itself; a deletion names the incarnation
// that it found dead, so that it cannot hit the next one.
using Incarnation = uint64_t;
// Rises with each change of a server's buddies in the server table.
using Epoch = uint64_t;
// Stands for a (pool, server) pair in probes, where names do not fit.
using Identity = uint64_t;

struct Server {
  std::string name;
  Address address;
  uint16_t replace_port = 0;  // where it takes ServerReplace
  Incarnation incarnation = 0;

  friend bool operator==(const Server&, const Server&) = default;
};

// FNV-1a of pool, NUL, server: the same on every host, 64 bits wide.
[[nodiscard]] Identity identity_of(std::string_view pool, std::string_view server);

// True for 1 to limits::name_bytes_max letters, digits, '.', '_' or '-'.
[[nodiscard]] bool is_valid_name(std::string_view name);

}  // namespace buddyring
