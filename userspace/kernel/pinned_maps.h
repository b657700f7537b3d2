// SPDX-License-Identifier: Apache-2.0
// PinnedMaps: an agent's maps as whoever looks from outside reads them, also
// while the agent is down. Copies of what is pinned, at one moment.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "bpf/contract.h"
#include "core/result.h"
#include "kernel/pin_directory.h"

namespace buddyring {

struct PinnedMaps {
  std::string directory;
  buddyring_agent agent{};
  buddyring_report report{};
  buddyring_card_clock card_clock{};
  std::array<buddyring_peer, BUDDYRING_MAX_PEERS> peer{};
  std::array<buddyring_peer_state, BUDDYRING_MAX_PEERS> peer_state{};
  std::array<buddyring_rtt_histogram, BUDDYRING_MAX_PEERS> rtt_histogram{};
  std::array<uint64_t, BUDDYRING_VERDICTS> verdicts{};  // summed over possible CPUs
};

// The agents pinned under `pin_root`, by the names of their directories, sorted.
// None when there is no such directory. The report in each tells pool and server;
// pin_directory_name() gives the name for a pool and a server.
[[nodiscard]] Result<std::vector<std::string>> list_pinned(const std::string& pin_root);

// `directory_name` as list_pinned gave it. not_found when nothing is pinned
// there; wrong_version when only another layout version is.
[[nodiscard]] Result<PinnedMaps> read_pinned(const std::string& pin_root, const std::string& directory_name);

// "passed: not IP" and the like, for each enum buddyring_verdict.
[[nodiscard]] const char* verdict_name(unsigned verdict);

}  // namespace buddyring
