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
inline constexpr unsigned router_crowd_divisor = 8;      // of the places, this part is kept for whoever comes
inline constexpr unsigned router_other_files_max = 128;  // descriptors besides the clients'
inline constexpr auto router_client_timeout_min = std::chrono::milliseconds{100};
inline constexpr auto router_client_timeout_max = std::chrono::seconds{3600};
inline constexpr auto router_stop_timeout = std::chrono::seconds{2};  // for requests under way when it is stopped

// The operators' page: how many may look at it, and at what pools. Whoever looks has a queue
// of pieces that it has not been sent; when that is full it is told the whole anew instead.
inline constexpr unsigned ui_watchers_max = 16;
inline constexpr unsigned ui_connections_max = 2 * ui_watchers_max;  // the rest are for the page itself
inline constexpr size_t ui_queue_max = 32;
inline constexpr size_t ui_servers_max = 2000;  // of a larger pool it shows no picture
inline constexpr unsigned ui_events_max = 100;
inline constexpr auto ui_turn = std::chrono::milliseconds{100};  // changes are told at most so often
inline constexpr auto ui_retry = std::chrono::seconds{1};        // after the events could not be read
inline constexpr auto ui_rtts_pause = std::chrono::seconds{5};   // round trips are asked for at most so often
inline constexpr auto ui_beat = std::chrono::seconds{3};         // something is sent at least so often
inline constexpr auto ui_client_timeout = std::chrono::seconds{10};

// HAProxy: how long it may take to answer and how much it may say, and how often its
// slots are looked at though the pool has not changed, for it may have been started anew.
inline constexpr auto haproxy_answer_timeout = std::chrono::seconds{2};
inline constexpr size_t haproxy_answer_bytes_max = size_t{1} << 24;
inline constexpr size_t haproxy_line_bytes_max = 8192;  // half of the buffer that HAProxy has by default
inline constexpr auto haproxy_recheck = std::chrono::seconds{1};

}  // namespace buddyring::limits
