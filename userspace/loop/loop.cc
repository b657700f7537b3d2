// SPDX-License-Identifier: Apache-2.0
#include "loop/loop.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "core/result.h"
#include "posix/clock.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

std::string why_not(int error) {
  std::string text = std::string("io_uring cannot be set up: ") + std::strerror(error);
  if (error == EPERM) {
    text += "; it is switched off: set sysctl kernel.io_uring_disabled=0";
  } else if (error == ENOSYS) {
    text += "; the kernel lacks it, or a seccomp filter hides it: kernel 6.1 or later is needed";
  }
  return text;
}

}  // namespace

Loop::Loop(unsigned entries, Waiting waiting) : waiting_(waiting) {
  // One thread submits and reaps, and completions may wait for it to ask: no
  // interrupts of the tick, no locks. One that does not enter the kernel to wait
  // learns from a flag that it is to ask.
  const unsigned flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                         (waiting == Waiting::spins ? IORING_SETUP_TASKRUN_FLAG : 0U);
  int error = io_uring_queue_init(entries, &ring_, flags);
  if (error == -EINVAL) {
    // Before 6.1 these flags are unknown; the loop is correct without them.
    error = io_uring_queue_init(entries, &ring_, 0);
  }
  if (error < 0) {
    throw StartupError(why_not(-error));
  }
  if ((ring_.features & IORING_FEAT_CQE_SKIP) == 0 || (ring_.features & IORING_FEAT_EXT_ARG) == 0) {
    io_uring_queue_exit(&ring_);
    throw StartupError("io_uring of this kernel is too old: kernel 6.1 or later is needed");
  }
}

Loop::~Loop() { io_uring_queue_exit(&ring_); }

io_uring_sqe& Loop::next_entry() {
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  if (entry == nullptr) {
    // More was prepared in one wake-up than the queue holds: hand over early.
    io_uring_submit(&ring_);
    entry = io_uring_get_sqe(&ring_);
    BUDDYRING_ASSERT(entry != nullptr);
  }
  return *entry;
}

void Loop::poll_in(int fd, Token token) {
  io_uring_sqe& entry = next_entry();
  io_uring_prep_poll_add(&entry, fd, POLLIN);
  io_uring_sqe_set_data64(&entry, token);
}

void Loop::accept(int listener, Token token) {
  io_uring_sqe& entry = next_entry();
  io_uring_prep_accept(&entry, listener, nullptr, nullptr, SOCK_CLOEXEC);
  io_uring_sqe_set_data64(&entry, token);
}

void Loop::connect(int fd, const SocketAddress& address, Token token) {
  io_uring_sqe& entry = next_entry();
  io_uring_prep_connect(&entry, fd, address.get(), address.size());
  io_uring_sqe_set_data64(&entry, token);
}

void Loop::receive(int fd, std::span<uint8_t> into, Token token) {
  io_uring_sqe& entry = next_entry();
  io_uring_prep_recv(&entry, fd, into.data(), into.size(), 0);
  io_uring_sqe_set_data64(&entry, token);
}

void Loop::send(int fd, std::span<const uint8_t> from, Token token) {
  io_uring_sqe& entry = next_entry();
  io_uring_prep_send(&entry, fd, from.data(), from.size(), MSG_NOSIGNAL | MSG_WAITALL);
  io_uring_sqe_set_data64(&entry, token);
}

void Loop::send_quietly(int fd, const msghdr& message, Token token) {
  io_uring_sqe& entry = next_entry();
  io_uring_prep_sendmsg(&entry, fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  // Without a completion for success the wait is not cut short by our own probe.
  io_uring_sqe_set_flags(&entry, IOSQE_CQE_SKIP_SUCCESS);
  io_uring_sqe_set_data64(&entry, token);
}

void Loop::cancel(Token token) {
  io_uring_sqe& entry = next_entry();
  io_uring_prep_cancel64(&entry, token, 0);
  io_uring_sqe_set_flags(&entry, IOSQE_CQE_SKIP_SUCCESS);
  io_uring_sqe_set_data64(&entry, 0);
}

int Loop::sleep(Instant deadline) {
  if (deadline == Instant::max()) {
    return io_uring_submit_and_wait(&ring_, 1);
  }
  io_uring_cqe* completion = nullptr;
  const int64_t left_ns = std::max<int64_t>((deadline - monotonic_now()).count(), 0);
  __kernel_timespec timeout{.tv_sec = left_ns / 1'000'000'000, .tv_nsec = left_ns % 1'000'000'000};
  return io_uring_submit_and_wait_timeout(&ring_, &completion, 1, &timeout, nullptr);
}

int Loop::spin(Instant deadline) {
  int error = io_uring_sq_ready(&ring_) > 0 ? io_uring_submit(&ring_) : 0;
  io_uring_cqe* completion = nullptr;
  while (error >= 0 && io_uring_peek_cqe(&ring_, &completion) != 0 && monotonic_now() < deadline) {
  }
  return error;
}

void Loop::wait(Instant deadline) {
  const int error = waiting_ == Waiting::spins ? spin(deadline) : sleep(deadline);
  // Short of memory, the next wake-up tries again: what was prepared stays queued.
  const bool passing = error == -ETIME || error == -EINTR || error == -EAGAIN || error == -EBUSY || error == -ENOMEM;
  const bool expected = error >= 0 || passing;
  BUDDYRING_ASSERT(expected);
}

}  // namespace buddyring
