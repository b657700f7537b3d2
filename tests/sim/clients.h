// SPDX-License-Identifier: Apache-2.0
// Clients: a router that refreshes its copy of the pool, and clients that it
// sends on. As userspace/router/refresher.cc does it: a query at a time, which may
// fail or hang as any other; the next one a refresh after its end; the copy is as
// old as the question that it answers, and is not served when it is too old.
// Whether that keeps docs/router.md's promise is for the checker to say.
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
  void on_refresh();  // the next step of the router: it asks, is read to, or has its reply
  void on_client();
  [[nodiscard]] uint64_t served() const { return served_; }
  [[nodiscard]] uint64_t refused() const { return refused_; }

 private:
  enum class Step : uint8_t { asking, at_table, returning };
  void step_after(Step step, Nanos span);
  void fail();
  [[nodiscard]] bool reaches_table() const;
  [[nodiscard]] Nanos way();  // of a query, one way

  World& world_;
  Prng chance_;
  Step step_ = Step::asking;
  Nanos asking_ = 0;               // since when a query has been under way
  std::vector<std::string> read_;  // what it brings back
  Nanos backoff_ = 0;              // after a failure
  Nanos asked_ = -1;               // when the copy was asked for; -1: there is none
  std::vector<std::string> copy_;
  uint64_t served_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace buddyring::sim
