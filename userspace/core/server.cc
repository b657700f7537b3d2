// SPDX-License-Identifier: Apache-2.0
#include "core/server.h"

#include <algorithm>

#include "core/limits.h"

namespace buddyring {
namespace {

constexpr uint64_t fnv_offset_basis = 0xcbf29ce484222325;
constexpr uint64_t fnv_prime = 0x100000001b3;

uint64_t fnv_1a(uint64_t hash, std::string_view bytes) {
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<uint8_t>(byte)) * fnv_prime;
  }
  return hash;
}

// Not isalnum: that follows the locale.
bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

Identity identity_of(std::string_view pool, std::string_view server) {
  constexpr std::string_view separator{"\0", 1};
  return fnv_1a(fnv_1a(fnv_1a(fnv_offset_basis, pool), separator), server);
}

bool is_valid_name(std::string_view name) {
  return !name.empty() && name.size() <= limits::name_bytes_max &&
         std::all_of(name.begin(), name.end(), is_name_character);
}

}  // namespace buddyring
