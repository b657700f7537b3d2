// SPDX-License-Identifier: Apache-2.0
// Membership: where a server stands towards its pool, as a table
// (docs/protocol.md, "membership").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace buddyring {

enum class MemberState : uint8_t {
  joining,  // ServerAnnounce is to be called, or called again
  member,   // in the table, watching and watched
  leaving,  // asked to stop: ServerDelete of ourselves, then ServerReplace to both
  gone,     // nothing is left to be done
};
inline constexpr size_t member_states = 4;

enum class MemberEvent : uint8_t {
  announced,    // ServerAnnounce returned our row
  row_missing,  // the table has no row of ours
  stop_asked,   // SIGTERM or SIGINT
  settled,      // the leave is done, or its time is up
};
inline constexpr size_t member_events = 4;

using MembershipTable = std::array<std::array<MemberState, member_events>, member_states>;
extern const MembershipTable membership_table;

[[nodiscard]] inline MemberState next_state(MemberState state, MemberEvent event) {
  return membership_table[static_cast<size_t>(state)][static_cast<size_t>(event)];
}

}  // namespace buddyring
