// SPDX-License-Identifier: Apache-2.0
// TcpCheck: whether something takes connections at an address and port.
//
// Theory of operation. One attempt: the loop connects, and what came of it is the
// answer; the connection is closed at once. An attempt that is given up completes as well,
// as cancelled, and until then its socket and address stay.
#pragma once

#include <string>

#include "loop/loop.h"
#include "posix/fd.h"
#include "posix/socket_address.h"

namespace buddyring {

class TcpCheck {
 public:
  explicit TcpCheck(const Endpoint& endpoint) : to_(endpoint) {}

  // False when it could not even be begun: then nothing completes.
  [[nodiscard]] bool begin(Loop& loop, Loop::Token token);
  // It is to complete soon, whatever the other side does.
  void give_up(Loop& loop, Loop::Token token);
  // It completed. True when the service is well.
  [[nodiscard]] bool take(int result);
  // Of the last one that was not well: why.
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  SocketAddress to_;
  Fd socket_;
  std::string why_;
};

}  // namespace buddyring
