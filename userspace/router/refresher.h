// SPDX-License-Identifier: Apache-2.0
// Refresher: the thread that keeps the router's view of the pool true.
//
// Theory of operation. The pool's version is cheap to ask for and is asked for
// at each turn; the servers are listed only when it changed. While the registry
// is away the last view stays, growing older, and turns are spaced by a
// back-off. Differences are logged right after the new view took effect, so a
// request that begins after an event's stamp cannot be sent to a server that
// the event calls gone.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "core/time.h"
#include "posix/log.h"
#include "posix/service_manager.h"
#include "registry/client.h"
#include "router/pool_view.h"

namespace buddyring {

class Refresher {
 public:
  // Takes the first snapshot before it returns. Throws StartupError when the
  // registry cannot be reached. Feeds the manager's watchdog, from its own thread, after each
  // time that it asked. `client`, `view`, `manager` and `log` must outlive this.
  Refresher(RegistryClient& client, std::string pool, Duration interval, PoolView& view, ServiceManager& manager,
            const Log& log);
  // Waits for the statement under way, at most limits::registry_query_timeout.
  ~Refresher();
  Refresher(const Refresher&) = delete;
  Refresher& operator=(const Refresher&) = delete;

 private:
  Status refresh();
  void take(PoolSnapshot snapshot, Instant asked);
  void note_lost(const Error& error);
  void run();
  [[nodiscard]] bool stop_within(Duration pause);

  RegistryClient& client_;
  const std::string pool_;
  const Duration interval_;
  PoolView& view_;
  ServiceManager& manager_;
  const Log& log_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace buddyring
