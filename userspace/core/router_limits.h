// SPDX-License-Identifier: Apache-2.0
// Limits of what stands between clients and servers: buddyrouter's dealings with its
// clients, and those of buddyctl haproxy-sync with HAProxy. The others are in limits.h.
#pragma once

#include <chrono>
#include <cstddef>

namespace buddyring::limits {

// How often the router and haproxy-sync ask for the pool's version, unless told otherwise.
inline constexpr auto router_refresh_default = std::chrono::milliseconds{5};
// The router's places for clients, and how long one may be held without a finished request.
inline constexpr unsigned router_places_min = 16;
inline constexpr unsigned router_places_max = 100'000;
inline constexpr unsigned router_crowd_divisor = 8;     // of the places, this part is kept for whoever comes
inline constexpr unsigned router_other_files_max = 64;  // descriptors besides the clients'
inline constexpr auto router_client_timeout_min = std::chrono::milliseconds{100};
inline constexpr auto router_client_timeout_max = std::chrono::seconds{3600};
inline constexpr auto router_stop_timeout = std::chrono::seconds{2};  // for requests under way when it is stopped

// HAProxy: how long it may take to answer and how much it may say, and how often its
// slots are looked at though the pool has not changed, for it may have been started anew.
inline constexpr auto haproxy_answer_timeout = std::chrono::seconds{2};
inline constexpr size_t haproxy_answer_bytes_max = size_t{1} << 24;
inline constexpr size_t haproxy_line_bytes_max = 8192;  // half of the buffer that HAProxy has by default
inline constexpr auto haproxy_recheck = std::chrono::seconds{1};

}  // namespace buddyring::limits
