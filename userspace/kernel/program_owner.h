// SPDX-License-Identifier: Apache-2.0
// Whose a loaded kernel program is, when its pins are not to be seen: by the maps
// that it uses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace buddyring {

struct ProgramOwner {
  uint64_t identity = 0;
  bool lease_fresh = false;  // an agent of this layout renews it, or handed over just now
};

// Nothing when the program is no agent's. Of another layout's agent only the identity is known.
[[nodiscard]] std::optional<ProgramOwner> owner_of(uint32_t program_id);

// True when an agent of this server created the clsact qdisc of that interface, by
// the page that it has left somewhere.
[[nodiscard]] bool created_clsact(const std::string& pool, const std::string& server, unsigned ifindex);

}  // namespace buddyring
