// SPDX-License-Identifier: Apache-2.0
// Loop: an io_uring that submits what was prepared and waits until something
// completes or a deadline comes, in one system call.
//
// Theory of operation. Each operation carries the caller's token, which comes
// back with its result. Memory handed to an operation belongs to the kernel
// until that token came back: a cancelled operation still completes, with
// -ECANCELED, and only then may its memory be used again. A quiet send is the
// exception: it never waits, so it is over when wait() returns, and only its
// failure is reported.
//
// A loop that spins never gives up its core: it watches the clock and the queue of
// completions, so that a deadline is met in the time of a look at both, and not of a
// timer's interrupt and a way back onto the core.
#pragma once

#include <liburing.h>
#include <sys/socket.h>

#include <cstdint>
#include <span>

#include "core/time.h"
#include "posix/socket_address.h"

namespace buddyring {

class Loop {
 public:
  // The caller's name for an operation; 0 is the loop's own.
  using Token = uint64_t;

  enum class Waiting : uint8_t { sleeps, spins };

  // For the calling thread alone. Throws StartupError when io_uring is not to
  // be had, naming the sysctl that switches it off.
  explicit Loop(unsigned entries, Waiting waiting = Waiting::sleeps);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Results are those of the system call of the same name, errors as -errno.
  void poll_in(int fd, Token token);
  void accept(int listener, Token token);
  void connect(int fd, const SocketAddress& address, Token token);
  void receive(int fd, std::span<uint8_t> into, Token token);
  void send(int fd, std::span<const uint8_t> from, Token token);
  void send_quietly(int fd, const msghdr& message, Token token);
  void cancel(Token token);

  // Submits, then returns when a completion is there or at `deadline`; Instant::max(): none.
  void wait(Instant deadline);

  // Hands each completion to visit(token, result). Operations may be prepared meanwhile.
  template <class Visitor>
  void drain(Visitor visit) {
    io_uring_cqe* completion = nullptr;
    while (io_uring_peek_cqe(&ring_, &completion) == 0) {
      const Token token = io_uring_cqe_get_data64(completion);
      const int result = completion->res;
      io_uring_cqe_seen(&ring_, completion);
      if (token != 0) {
        visit(token, result);
      }
    }
  }

 private:
  io_uring_sqe& next_entry();
  [[nodiscard]] int sleep(Instant deadline);
  [[nodiscard]] int spin(Instant deadline);

  Waiting waiting_;
  io_uring ring_{};
};

}  // namespace buddyring
