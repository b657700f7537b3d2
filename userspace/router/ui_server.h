// SPDX-License-Identifier: Apache-2.0
// UiServer: serves the operators' page and its events, at an address of its own.
//
// Theory of operation. It shares nothing with those who serve the clients: no socket, no thread,
// no place. A connection has a thread, which limits::ui_connections_max bounds; that of a watcher
// waits until there is a piece to be sent, its client has gone, or it is time for a beat, by which
// both sides learn that the other is still there. A client that takes nothing for
// limits::ui_client_timeout is cut by the library.
#pragma once

#include "core/address.h"
#include "router/watchers.h"

struct MHD_Daemon;

namespace buddyring {

class UiServer {
 public:
  // Throws StartupError: address not on this host, port taken, not permitted. `watchers` must
  // outlive this.
  UiServer(const Endpoint& listen, Watchers& watchers);
  // Ends the watchers.
  ~UiServer();
  UiServer(const UiServer&) = delete;
  UiServer& operator=(const UiServer&) = delete;

  // Where it listens, with the port that the kernel chose when 0 was asked for.
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

 private:
  Endpoint endpoint_;
  Watchers& watchers_;
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace buddyring
