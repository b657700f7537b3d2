// SPDX-License-Identifier: Apache-2.0
// Where, and under which names, maps, programs and links are pinned: part of the interface.
#pragma once

#include <string>

namespace buddyring::pins {

// On a bpffs; each agent has a folder below it.
inline constexpr const char* default_root = "/sys/fs/bpf/buddyring";

inline constexpr const char* agent = "agent";
inline constexpr const char* peer = "peer";
inline constexpr const char* peer_slots = "peer_slots";
inline constexpr const char* peer_state = "peer_state";
inline constexpr const char* rtt_histogram = "rtt_histogram";
inline constexpr const char* verdicts = "verdicts";
inline constexpr const char* report = "report";
inline constexpr const char* card_clock = "card_clock";
inline constexpr const char* process = "process";
inline constexpr const char* xdp_program = "xdp_program";
inline constexpr const char* ingress_program = "ingress_program";
inline constexpr const char* egress_program = "egress_program";
// Followed by the index of its interface; in older layouts without.
inline constexpr const char* xdp_link = "xdp_link";
[[nodiscard]] inline std::string xdp_link_on(unsigned ifindex) { return xdp_link + ("_" + std::to_string(ifindex)); }
inline constexpr const char* exit_link = "exit_link";

// The map that is not pinned: each start fills its own.
inline constexpr const char* unpinned_map = "probe_keys";

}  // namespace buddyring::pins
