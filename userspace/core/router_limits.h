// SPDX-License-Identifier: Apache-2.0
// Limits of buddyrouter's dealings with its clients. The others are in limits.h.
#pragma once

#include <chrono>
#include <cstddef>

namespace buddyring::limits {

// The router's places for clients, and how long one may be held without a finished request.
inline constexpr unsigned router_places_min = 16;
inline constexpr unsigned router_places_max = 100'000;
inline constexpr unsigned router_crowd_divisor = 8;     // of the places, this part is kept for whoever comes
inline constexpr unsigned router_other_files_max = 64;  // descriptors besides the clients'
inline constexpr auto router_client_timeout_min = std::chrono::milliseconds{100};
inline constexpr auto router_client_timeout_max = std::chrono::seconds{3600};
inline constexpr auto router_stop_timeout = std::chrono::seconds{2};  // for requests under way when it is stopped

}  // namespace buddyring::limits
