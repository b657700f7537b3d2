// SPDX-License-Identifier: Apache-2.0
// Which server a request is sent to: pure, over a list of those that take clients.
//
// Theory of operation. Without stickiness a server is drawn by lot, and has as many lots
// as its weight: the draw is made elsewhere, whose lot it is is looked up here. By cookie,
// the client itself says whom it had; by address, each server is given a number made of its
// own name, the client's address and its weight, and the highest wins: every router chooses
// alike, and when a server comes, goes or changes its weight only the clients that it wins
// or loses are sent elsewhere. That costs a logarithm a server, which is a hundredth of a
// request in a pool of some fifty.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/address.h"
#include "registry/client.h"

namespace buddyring {

enum class Sticky : uint8_t {
  none,
  cookie,   // the server that the client's cookie names, while it takes clients
  address,  // the same for the same source address, while it takes clients
};

// The cookie that holds the server's name.
inline constexpr const char* sticky_cookie = "buddyring-server";

// Null when there is none of that name. REQUIRES that `servers` is in the order of the names' bytes.
[[nodiscard]] const Server* server_named(const std::vector<ServerRow>& servers, std::string_view name);

// Who has which lot. The chance of each server is in proportion to its weight.
class Lots {
 public:
  explicit Lots(const std::vector<ServerRow>& servers);

  // 0 when there is no server.
  [[nodiscard]] uint64_t count() const { return up_to_.empty() ? 0 : up_to_.back(); }
  // The index of the server that has it. REQUIRES lot < count().
  [[nodiscard]] size_t holder(uint64_t lot) const;

 private:
  std::vector<uint64_t> up_to_;  // by server: the first lot that is not its own or an earlier one's
};

// The server of this client address; of all addresses each server has its weight's part.
// REQUIRES that there is a server.
[[nodiscard]] const Server& server_for(const std::vector<ServerRow>& servers, const Address& client);

}  // namespace buddyring
