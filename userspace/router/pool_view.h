// SPDX-License-Identifier: Apache-2.0
// PoolView: the pool as the router knows it, shared between the thread that
// refreshes it and the threads that answer requests.
//
// Theory of operation. A view is never changed, only replaced: readers take a
// shared pointer under a short lock and then read without one. A request that
// begins after replace() has returned sees the new view.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/endpoints.h"
#include "core/time.h"
#include "registry/client.h"
#include "router/choice.h"

namespace buddyring {

// Those that take clients, in the order of the names' bytes; and the drained, who take none.
struct ClientPool {
  PoolSnapshot table;
  std::optional<Instant> paused_until{};  // when its verdicts count again, if they did not
  std::vector<ServerRow> drained{};
  Lots lots{table.servers};
};

struct View {
  std::shared_ptr<const ClientPool> pool;  // null until first had
  Instant confirmed{};                     // when the table last said that this is its version
  bool registry_reached = false;
  std::string registry_error;                 // why it is not
  std::vector<Endpoints::Entry> endpoints{};  // of the registry, in their order

  [[nodiscard]] bool fresh(Instant now, Duration max_staleness) const {
    return pool != nullptr && now - confirmed <= max_staleness;
  }
};

class PoolView {
 public:
  [[nodiscard]] std::shared_ptr<const View> get() const {
    const std::lock_guard lock{mutex_};
    return view_;
  }
  void replace(View view) {
    auto next = std::make_shared<const View>(std::move(view));
    const std::lock_guard lock{mutex_};
    view_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const View> view_ = std::make_shared<const View>();
};

}  // namespace buddyring
