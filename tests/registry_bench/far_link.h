// SPDX-License-Identifier: Apache-2.0
// FarLink: the database as a client on another host sees it, a round trip away.
//
// Theory of operation. Loopback has no distance, and servers are not on the database's host.
// A thread takes connections at a port of its own, and passes what comes on, in either
// direction, once it is `one_way` old. Who talks over it asks and then waits, so one message is
// under way at a time and none waits for another.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "posix/fd.h"

namespace buddyring {

class FarLink {
 public:
  // To 127.0.0.1:`port`. Throws std::system_error, StartupError.
  FarLink(uint16_t port, std::chrono::microseconds one_way);
  ~FarLink();
  FarLink(const FarLink&) = delete;
  FarLink& operator=(const FarLink&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }

 private:
  // What comes from one is for the other.
  struct Pair {
    Fd client;
    Fd server;
  };
  void serve();
  void take_connection();
  // False when the connection has ended.
  [[nodiscard]] bool pass_on(const Fd& from, const Fd& to) const;

  uint16_t server_port_;
  std::chrono::microseconds one_way_;
  uint16_t port_ = 0;
  Fd listener_;
  Fd end_;  // an eventfd: readable when the thread is to end
  std::vector<Pair> pairs_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace buddyring
