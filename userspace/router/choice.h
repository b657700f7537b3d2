// SPDX-License-Identifier: Apache-2.0
// Which server a request is sent to: pure, over a list of those that take clients.
//
// Theory of operation. Without stickiness any server will do and a die is thrown
// elsewhere. By cookie, the client itself says whom it had; by address, each
// server is given a number made of its own name and the client's address, and the
// highest wins: every router chooses alike, and when a server comes or goes only
// the clients that it wins or had are sent elsewhere. That costs a few
// nanoseconds a server, which is a hundredth of a request in a pool of a hundred.
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

// REQUIRES that there is a server.
[[nodiscard]] const Server& server_for(const std::vector<ServerRow>& servers, const Address& client);

}  // namespace buddyring
