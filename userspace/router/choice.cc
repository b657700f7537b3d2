// SPDX-License-Identifier: Apache-2.0
#include "router/choice.h"

#include <algorithm>

namespace buddyring {
namespace {

constexpr uint64_t fnv_offset = 0xcbf29ce484222325;
constexpr uint64_t fnv_prime = 0x100000001b3;

template <class Bytes>
uint64_t fnv(uint64_t hash, const Bytes& bytes) {
  for (const auto byte : bytes) {
    hash = (hash ^ static_cast<uint8_t>(byte)) * fnv_prime;
  }
  return hash;
}

// FNV's high bits hardly depend on its last bytes; a comparison looks at those first.
uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
  value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
  return value ^ (value >> 33);
}

}  // namespace

const Server* server_named(const std::vector<ServerRow>& servers, std::string_view name) {
  const auto found = std::ranges::lower_bound(servers, name, std::less<std::string_view>{},
                                              [](const ServerRow& row) { return std::string_view{row.server.name}; });
  return found != servers.end() && found->server.name == name ? &found->server : nullptr;
}

const Server& server_for(const std::vector<ServerRow>& servers, const Address& client) {
  const uint64_t start = fnv(fnv_offset, client.bytes());
  const auto weight = [start](const ServerRow& row) { return mix(fnv(start, row.server.name)); };
  return std::ranges::max_element(servers, {}, weight)->server;
}

}  // namespace buddyring
