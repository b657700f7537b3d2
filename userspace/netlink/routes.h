// SPDX-License-Identifier: Apache-2.0
// The way to an address, as the kernel's routing chooses it.
#pragma once

#include <string>

#include "core/address.h"
#include "core/result.h"

namespace buddyring {

struct Route {
  unsigned ifindex = 0;
  std::string interface;
  Address source;  // that the kernel would send from
};

// `unreachable` when there is no route.
[[nodiscard]] Result<Route> route_to(const Address& destination);

}  // namespace buddyring
