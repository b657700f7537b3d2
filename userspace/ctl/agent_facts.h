// SPDX-License-Identifier: Apache-2.0
// An agent's pinned maps in the terms in which both forms of `buddyctl status`
// (JSON and text) speak of them.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/time.h"
#include "kernel/pinned_maps.h"

namespace buddyring {

struct BuddyFacts {
  char side = 'A';
  uint32_t slot = 0;  // of the maps
  std::string server;
  std::string address;
  uint64_t incarnation = 0;
  const char* state = "";
  uint32_t misses = 0;
  uint64_t departures = 0;
  std::optional<Duration> last_live_age;
  bool kept = false;  // its latest sign of life had a stale lease, with which it is to be held for alive
  // By its latest sign of life: whether it counts us, and its word on its own
  // buddies, which says nothing unless fresh.
  bool counts_us = false;
  bool word_fresh = false;
  bool doubts_a = false;
  bool doubts_b = false;
  // Nothing before the first answer.
  struct Rtt {
    uint64_t last_ns, min_ns, mean_ns, max_ns, p50_ns, p99_ns, count, hardware_stamped;
  };
  std::optional<Rtt> rtt;
  const char* live_stamped_by = "";  // the latest live answer
  std::array<uint64_t, BUDDYRING_ANSWER_CLASSES> answers{};
};

struct AgentFacts {
  std::string pool;
  std::string server;
  struct Link {
    std::string interface;
    unsigned ifindex;
    const char* xdp_mode;
    bool carrier;
  };
  std::vector<Link> links;
  struct Endpoint {
    std::string where;
    const char* state;
    unsigned failures;
  };
  std::vector<Endpoint> endpoints;  // of the registry, the preferred first
  std::string address;
  const char* probe_way = "";
  const char* registry = "";
  // Since the table last said how many servers the ring has; nothing before.
  std::optional<Duration> ring_servers_age;
  const char* service = "";
  const char* stamps_requested = "";
  const char* stamps_active = "";
  bool lease_fresh = false;
  bool lease_revoked = false;  // whatever is left of it
  bool keep_stale = false;     // it is to be held for alive with a stale lease, too
  Duration lease_left{};       // negative when it ran out
  Duration tick_age{};
  std::vector<BuddyFacts> buddies;
};

// `now`: CLOCK_MONOTONIC of the host, which stamped the maps.
[[nodiscard]] AgentFacts agent_facts(const PinnedMaps& maps, Instant now);

// "live", "stale_lease" and the like, by enum buddyring_answer_class.
[[nodiscard]] const char* answer_class_name(size_t answer_class);
// "pass_not_ip" and the like, by enum buddyring_verdict.
[[nodiscard]] const char* packet_key(size_t verdict);

}  // namespace buddyring
