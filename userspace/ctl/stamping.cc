// SPDX-License-Identifier: Apache-2.0
#include "ctl/stamping.h"

#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "core/limits.h"
#include "posix/clock.h"
#include "posix/fd.h"

namespace buddyring {
namespace {

constexpr int pause_ms = 1;
constexpr auto patience_ms = static_cast<int>(limits::ping_stamping_patience.count());

// A socket that is connected to itself; invalid when that is not to be had.
Fd loopback_socket() {
  Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof name;
  const unsigned stamping = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  auto* const address = reinterpret_cast<sockaddr*>(&name);
  const bool ready = socket.valid() && ::bind(socket.get(), address, length) == 0 &&
                     ::getsockname(socket.get(), address, &length) == 0 &&
                     ::connect(socket.get(), address, length) == 0 &&
                     ::setsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMPING, &stamping, sizeof stamping) == 0;
  return ready ? std::move(socket) : Fd{};
}

// What is there was stamped on its way in.
bool takes_stamped(const Fd& socket) {
  alignas(cmsghdr) std::array<char, 128> control{};
  msghdr header{};
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  return ::recvmsg(socket.get(), &header, 0) >= 0 && CMSG_FIRSTHDR(&header) != nullptr;
}

}  // namespace

void await_arrival_stamps() {
  const Fd socket = loopback_socket();
  const Instant deadline = monotonic_now() + limits::ping_stamping_patience;
  while (socket.valid() && ::send(socket.get(), nullptr, 0, 0) == 0 && monotonic_now() < deadline) {
    pollfd readable{.fd = socket.get(), .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, patience_ms) != 1 || takes_stamped(socket)) {
      return;
    }
    // Nothing to wait for but time, which the worker needs.
    ::poll(nullptr, 0, pause_ms);
  }
}

}  // namespace buddyring
