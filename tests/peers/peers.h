// SPDX-License-Identifier: Apache-2.0
// Measurements beside what others use. Each prints its figures and is true when its targets were met.
#pragma once

namespace buddyring::peers {

// `make bench-haproxy`: failed requests when a server dies.
[[nodiscard]] bool haproxy();
// `make bench-router`: throughput, and how long a dead server is named.
[[nodiscard]] bool router();
// `make bench-topologies`: what watching costs a server.
[[nodiscard]] bool topologies();

}  // namespace buddyring::peers
