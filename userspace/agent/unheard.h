// SPDX-License-Identifier: Apache-2.0
// What to tell an operator whose server no member of its pool could hear, or whose own link stayed away.
#pragma once

#include <string>

#include "agent/network.h"
#include "bpf/contract.h"

namespace buddyring {

// One line: who probed us, what our answers leave by, and the usual causes with
// their cures. `members`: names, as they are to be shown.
[[nodiscard]] std::string describe_unheard(const std::string& members, const RingNetwork& network,
                                           buddyring_attachment mode);

// One line: what became of our own link since the start, and the cure.
[[nodiscard]] std::string describe_no_carrier(const RingNetwork& network);

}  // namespace buddyring
