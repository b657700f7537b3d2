// SPDX-License-Identifier: Apache-2.0
#include "agent/tcp_check.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace buddyring {

bool TcpCheck::begin(Loop& loop, Loop::Token token) {
  socket_ = Fd{::socket(to_.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket_.valid()) {
    why_ = std::strerror(errno);
    return false;
  }
  loop.connect(socket_.get(), to_, token);
  return true;
}

void TcpCheck::give_up(Loop& loop, Loop::Token token) { loop.cancel(token); }

bool TcpCheck::take(int result) {
  socket_.reset();
  if (result < 0) {
    why_ = std::strerror(-result);
  }
  return result >= 0;
}

}  // namespace buddyring
