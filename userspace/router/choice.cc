// SPDX-License-Identifier: Apache-2.0
#include "router/choice.h"

#include <algorithm>
#include <cmath>

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

Lots::Lots(const std::vector<ServerRow>& servers) {
  uint64_t lots = 0;
  for (const ServerRow& row : servers) {
    up_to_.push_back(lots += row.weight);
  }
}

size_t Lots::holder(uint64_t lot) const {
  return static_cast<size_t>(std::ranges::upper_bound(up_to_, lot) - up_to_.begin());
}

const Server& server_for(const std::vector<ServerRow>& servers, const Address& client) {
  const uint64_t start = fnv(fnv_offset, client.bytes());
  // The time until the first event of a rate that is the weight, by the server's own draw: whose
  // comes first is in proportion to the weights. Made negative and turned over, so that the highest wins.
  const auto score = [start](const ServerRow& row) {
    const double drawn = (static_cast<double>(mix(fnv(start, row.server.name)) >> 11U) + 0.5) / (uint64_t{1} << 53U);
    return -static_cast<double>(row.weight) / std::log(drawn);
  };
  return std::ranges::max_element(servers, {}, score)->server;
}

}  // namespace buddyring
