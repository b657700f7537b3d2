// SPDX-License-Identifier: Apache-2.0
// A socket that listens, for the programs that serve HTTP.
#pragma once

#include "core/address.h"
#include "posix/fd.h"

namespace buddyring {

// Non-blocking, TCP. "[::]" takes IPv4 as well. With port 0 the kernel chooses, and
// `endpoint` learns what it chose. Throws StartupError with the cure: address not on
// this host, port taken, not permitted.
[[nodiscard]] Fd listen_at(Endpoint& endpoint);

}  // namespace buddyring
