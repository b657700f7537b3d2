// SPDX-License-Identifier: Apache-2.0
// The hooks at which what comes in is judged: XDP, and tc ingress behind an XDP slot that
// another program has. They differ in nothing but how they say what becomes of a frame.
#pragma once

#include <cstdint>

namespace buddyring::lab {

enum class Hook { xdp, tc };
enum class Fate { passed, answered, taken, dropped };

// By which a program of the hook says so: XDP_... or TC_ACT_...
[[nodiscard]] uint32_t action_of(Hook hook, Fate fate);

}  // namespace buddyring::lab
