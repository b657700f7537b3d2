// SPDX-License-Identifier: Apache-2.0
// Clients: a router that refreshes its copy of the pool, and clients that it
// sends on. A copy that is older than the router's limit is not served. So
// nobody is ever sent to a server that was deleted longer ago than that.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/server.h"
#include "tests/sim/event_queue.h"
#include "tests/sim/streams.h"

namespace buddyring::sim {

struct World;

class Clients {
 public:
  explicit Clients(World& world);

  void begin();
  void on_refresh();
  void on_client();
  [[nodiscard]] uint64_t served() const { return served_; }
  [[nodiscard]] uint64_t refused() const { return refused_; }

 private:
  World& world_;
  Prng chance_;
  Nanos asked_ = -1;  // when the copy was asked for; -1: there is none
  std::vector<std::string> copy_;
  uint64_t served_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace buddyring::sim
