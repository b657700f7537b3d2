// SPDX-License-Identifier: Apache-2.0
#include "tests/peers/load.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>

#include "posix/clock.h"
#include "posix/fd.h"
#include "posix/socket_address.h"

namespace buddyring::peers {

struct Load::Request {
  size_t target = 0;
  Fd connection;
  Instant started{};
  bool sent = false;
  std::string received;
};

Load::Load(lab::Host& from, std::vector<Endpoint> to, Duration gap)
    : to_(std::move(to)), gap_(gap), tallies_(to_.size()) {
  // A thread is in the namespace of the one that starts it.
  thread_ = from.run([this] { return std::thread([this] { run(); }); });
}

Load::~Load() {
  stopping_ = true;
  if (thread_.joinable()) {
    thread_.join();
  }
}

std::vector<Tally> Load::finish() {
  stopping_ = true;
  thread_.join();
  return tallies_;
}

void Load::run() {
  Instant next = monotonic_now();
  while (!stopping_ || !under_way_.empty()) {
    const Instant now = monotonic_now();
    for (; !stopping_ && next <= now; next += gap_) {
      for (size_t target = 0; target < to_.size(); ++target) {
        start(target, now);
      }
      ++asked_;
    }
    std::vector<pollfd> watched;
    for (const Request& request : under_way_) {
      watched.push_back({.fd = request.connection.get(),
                         .events = static_cast<short>(request.sent ? POLLIN : POLLOUT),
                         .revents = 0});
    }
    const timespec pause{.tv_sec = 0, .tv_nsec = gap_.count()};
    ::ppoll(watched.data(), watched.size(), &pause, nullptr);
    const Instant woken = monotonic_now();
    size_t index = 0;
    std::erase_if(under_way_, [&](Request& request) { return advance(request, watched[index++].revents != 0, woken); });
  }
}

void Load::start(size_t target, Instant now) {
  const SocketAddress peer(to_[target]);
  Request request{.target = target,
                  .connection = Fd{::socket(peer.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)},
                  .started = now,
                  .sent = false,
                  .received = {}};
  tallies_[target].asked += 1;
  if (::connect(request.connection.get(), peer.get(), peer.size()) != 0 && errno != EINPROGRESS) {
    tallies_[target].failed += 1;
    return;
  }
  under_way_.push_back(std::move(request));
}

bool Load::advance(Request& request, bool ready, Instant now) {
  const auto fail = [&] {
    tallies_[request.target].failed += 1;
    return true;
  };
  if (now - request.started > patience) {
    return fail();
  }
  if (!ready) {
    return false;
  }
  if (!request.sent) {
    constexpr std::string_view text = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    request.sent = true;
    const ssize_t size = ::send(request.connection.get(), text.data(), text.size(), MSG_NOSIGNAL);
    return size == static_cast<ssize_t>(text.size()) ? false : fail();
  }
  std::array<char, 4096> buffer{};
  const ssize_t size = ::recv(request.connection.get(), buffer.data(), buffer.size(), 0);
  if (size > 0) {
    request.received.append(buffer.data(), static_cast<size_t>(size));
    return false;
  }
  if (size < 0 && errno == EAGAIN) {
    return false;
  }
  return request.received.starts_with("HTTP/1.1 200 ") ? true : fail();
}

}  // namespace buddyring::peers
