// SPDX-License-Identifier: Apache-2.0
// Painter: the thread that tells the watchers of the operators' page what becomes of the pool.
//
// Theory of operation. It asks nobody how the pool is: it looks at the view that the refresher
// keeps, every limits::ui_turn, and tells the differences to what it told before. Only for the
// events, and only when the pool's version changed, and for what servers tell of their round
// trips, every limits::ui_rtts_pause, it asks the table, on a connection of its own, so that
// neither a redirect nor the refresher ever waits for the page; once for all watchers. While
// nobody watches it asks nothing and keeps nothing.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/time.h"
#include "posix/log.h"
#include "registry/client.h"
#include "router/picture.h"
#include "router/pool_view.h"
#include "router/watchers.h"

namespace buddyring {

class Painter {
 public:
  // Starts the thread. `client`, which is its own, `view`, `watchers` and `log` must outlive this.
  Painter(RegistryClient& client, std::string pool, const PoolView& view, Watchers& watchers, const Log& log);
  // Waits for the statement under way, at most limits::registry_query_timeout.
  ~Painter();
  Painter(const Painter&) = delete;
  Painter& operator=(const Painter&) = delete;

 private:
  void run();
  void turn();
  void tell_changes(const View& view, Instant now);
  void read_events(Instant now);
  void read_rtts(Instant now);

  RegistryClient& client_;
  const std::string pool_;
  const PoolView& view_;
  Watchers& watchers_;
  const Log& log_;

  // The thread's alone.
  Picture told_;
  std::shared_ptr<const ClientPool> painted_;  // what told_ shows; null: nothing is told yet
  uint64_t events_version_ = 0;                // of the pool, when its events were read
  Instant events_due_{};                       // not before, after a failure
  bool events_failed_ = false;
  Instant rtts_due_{};
  bool rtts_failed_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace buddyring
