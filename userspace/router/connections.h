// SPDX-License-Identifier: Apache-2.0
// Connections: which clients are connected, and an end to those that hold a place
// without using it.
//
// Theory of operation. A connection waits from when it is opened, or from when its
// last request was answered, until its next request has been answered. Whoever waits
// for longer than `timeout` is cut, whatever it sends or reads meanwhile: a byte now
// and then buys no time. When the places get scarce, each client that comes makes the
// one that has waited longest go. An honest client waits a round trip or two, so it is
// the idle and the slow that go, however many they are.
//
// The list is in the order of waiting, so that its front is always the next to be
// cut. A connection is cut by shutdown(2) from here; the HTTP library sees its end
// and closes it. closed() is called before the descriptor is, so that it never means
// another connection.
#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "core/time.h"

namespace buddyring {

class Connections {
 public:
  struct Connection;

  // `crowd`: so many may wait; beyond that the longest waiting is cut.
  Connections(size_t crowd, Duration timeout);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // For any thread. `fd` stays the caller's. Throws std::bad_alloc.
  [[nodiscard]] Connection* opened(int fd);
  void answered(Connection* connection);
  // `connection` is no more after it.
  void closed(Connection* connection);

  // True as soon as none is left, false when one was after `patience`.
  [[nodiscard]] bool wait_none(Duration patience);

 private:
  void run();
  // REQUIRES the lock.
  void cut_front();

  const size_t crowd_;
  const Duration timeout_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::list<Connection> waiting_;
  std::list<Connection> cut_;  // shut down, not closed yet
  std::thread thread_;
};

struct Connections::Connection {
  int fd = -1;
  Instant since{};
  bool cut = false;
  std::list<Connection>::iterator self;
};

}  // namespace buddyring
