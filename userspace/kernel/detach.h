// SPDX-License-Identifier: Apache-2.0
// Removing what agents of one server left in the kernel, for `buddyd --detach`.
//
// Theory of operation. Pins of any layout version are found by their folder's name,
// programs by the identity in their maps, on every interface of this network
// namespace: so also what was pinned in a bpffs that another mount hides now. Only
// the exit notice has no interface by which to be found: it goes with its pin, and
// until then revokes a lease that nobody has.
#pragma once

#include <string>
#include <vector>

namespace buddyring {

// What was removed, a line each; none when there was nothing. Throws StartupError
// when an agent still runs for this server: nothing is removed then.
[[nodiscard]] std::vector<std::string> detach_leftovers(const std::string& pin_root, const std::string& pool,
                                                        const std::string& server);

}  // namespace buddyring
