// SPDX-License-Identifier: Apache-2.0
// How many descriptors this process may have open.
#pragma once

#include <cstdint>

namespace buddyring {

// Raises the soft limit to at least `descriptors`, where it is lower. Throws
// StartupError when the hard limit is lower as well; `why` names what to lower, such as
// "--connections 1000".
void need_descriptors(uint64_t descriptors, const char* why);

}  // namespace buddyring
