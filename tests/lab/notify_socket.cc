// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/notify_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace buddyring::lab {

NotifySocket::NotifySocket() {
  const auto check = [](bool done, const char* what) {
    if (!done) {
      throw std::system_error(errno, std::generic_category(), what);
    }
  };
  std::string pattern = std::filesystem::temp_directory_path() / "buddyring-notify-XXXXXX";
  check(::mkdtemp(pattern.data()) != nullptr, "mkdtemp");
  directory_ = pattern;
  path_ = directory_ + "/socket";
  socket_ = Fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  check(socket_.valid(), "socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(static_cast<char*>(address.sun_path), sizeof(address.sun_path) - 1);
  check(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0, "bind");
}

NotifySocket::~NotifySocket() { std::filesystem::remove_all(directory_); }

std::vector<std::string> NotifySocket::through(uint64_t watchdog_us) const {
  std::vector<std::string> words{"env", "NOTIFY_SOCKET=" + path_};
  if (watchdog_us != 0) {
    words.push_back("WATCHDOG_USEC=" + std::to_string(watchdog_us));
  }
  return words;
}

std::string NotifySocket::next(std::chrono::milliseconds timeout) {
  pollfd wanted{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&wanted, 1, static_cast<int>(timeout.count())) != 1) {
    return "";
  }
  std::array<char, 512> message{};
  const ssize_t length = ::recv(socket_.get(), message.data(), message.size(), 0);
  return {message.data(), length > 0 ? static_cast<size_t>(length) : 0};
}

std::string NotifySocket::await(const std::string& beginning, std::chrono::milliseconds timeout) {
  std::string message = next(timeout);
  while (!message.empty() && !message.starts_with(beginning)) {
    message = next(timeout);
  }
  return message;
}

}  // namespace buddyring::lab
