// SPDX-License-Identifier: Apache-2.0
// How the kernel path fails at start: one line, with the cure at its end.
#pragma once

#include <string>

namespace buddyring {

// "Operation not permitted" and the like; `error` as errno has it, of either sign.
[[nodiscard]] std::string error_text(int error);

// Throws StartupError "cannot ATTEMPTED: what came back (REASON); CURE". When the
// kernel refused for want of rights, the cure names the capabilities instead.
[[noreturn]] void fail_start(const std::string& attempted, int error, const std::string& reason,
                             const std::string& cure);

}  // namespace buddyring
