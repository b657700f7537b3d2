// SPDX-License-Identifier: Apache-2.0
#include "tests/registry_bench/far_link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "core/address.h"
#include "posix/listener.h"

namespace buddyring {
namespace {

constexpr size_t chunk_bytes = 16384;

void send_at_once(const Fd& socket) {
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Fd checked(int fd, const char* what) {
  if (fd < 0) {
    throw std::system_error(errno, std::generic_category(), what);
  }
  return Fd(fd);
}

}  // namespace

FarLink::FarLink(uint16_t port, std::chrono::microseconds one_way)
    : server_port_(port), one_way_(one_way), end_(checked(eventfd(0, EFD_CLOEXEC), "eventfd")) {
  Endpoint here{*Address::parse("127.0.0.1"), 0};
  listener_ = listen_at(here);
  port_ = here.port;
  thread_ = std::thread([this] { serve(); });
}

FarLink::~FarLink() {
  eventfd_write(end_.get(), 1);
  thread_.join();
}

void FarLink::take_connection() {
  Pair pair{Fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)),
            Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(server_port_);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (pair.client.valid() && pair.server.valid() &&
      connect(pair.server.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0) {
    send_at_once(pair.client);
    send_at_once(pair.server);
    pairs_.push_back(std::move(pair));
  }  // else the client sees its connection closed
}

bool FarLink::pass_on(const Fd& from, const Fd& to) const {
  std::array<char, chunk_bytes> chunk{};
  const ssize_t size = recv(from.get(), chunk.data(), chunk.size(), 0);
  if (size <= 0) {
    return false;
  }
  const timespec on_its_way{0, std::chrono::nanoseconds(one_way_).count()};
  ppoll(nullptr, 0, &on_its_way, nullptr);
  return send(to.get(), chunk.data(), static_cast<size_t>(size), MSG_NOSIGNAL) == size;
}

void FarLink::serve() {
  prctl(PR_SET_TIMERSLACK, 1UL);  // else the kernel may add 50 us
  for (;;) {
    std::vector<pollfd> polled{{end_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const auto& pair : pairs_) {
      polled.push_back({pair.client.get(), POLLIN, 0});
      polled.push_back({pair.server.get(), POLLIN, 0});
    }
    if (poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) {
      return;
    }
    if (polled[0].revents != 0) {
      return;
    }
    // From the last, so that those that go leave the others where `polled` has them.
    for (size_t i = pairs_.size(); i-- > 0;) {
      const bool asked = polled[2 + 2 * i].revents != 0;
      const bool answered = polled[3 + 2 * i].revents != 0;
      if ((asked && !pass_on(pairs_[i].client, pairs_[i].server)) ||
          (answered && !pass_on(pairs_[i].server, pairs_[i].client))) {
        pairs_.erase(pairs_.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    if (polled[1].revents != 0) {
      take_connection();
    }
  }
}

}  // namespace buddyring
