// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace buddyring {

// As `git describe` named the sources this was built from.
[[nodiscard]] const char* version();

}  // namespace buddyring
