// SPDX-License-Identifier: Apache-2.0
// Where a request is sent on to: pure text, no server and no socket.
//
// Theory of operation. What a client asked for (its request target) is passed
// on byte for byte, percent-encoding included, behind the address of a server
// that the router chose. Whatever the target says, it can only ever be a path on
// that server: a target in absolute form loses its scheme and authority, and
// "//host/path" stays behind our own authority, where it is but a path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/address.h"

namespace buddyring {

enum class Target {
  acceptable,
  too_long,   // over limits::router_target_bytes_max
  malformed,  // a blank or control character, or a fragment
};

[[nodiscard]] Target judge_target(std::string_view target);

// The path and query of a target: of "http://host/a?b", "/a?b"; of "*", "/".
[[nodiscard]] std::string path_of(std::string_view target);

// "http://10.1.0.7:80/a?b", "http://[2001:db8::7]:80/a?b". REQUIRES an acceptable target.
[[nodiscard]] std::string location(std::string_view scheme, const Address& address, uint16_t port,
                                   std::string_view target);

}  // namespace buddyring
