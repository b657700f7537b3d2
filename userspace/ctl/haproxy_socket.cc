// SPDX-License-Identifier: Apache-2.0
#include "ctl/haproxy_socket.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/router_limits.h"
#include "posix/fd.h"
#include "posix/options.h"

namespace buddyring {
namespace {

Error failed(const std::string& attempt, int error) {
  const bool denied = error == EACCES || error == EPERM;
  const char* cure = denied ? "; run as HAProxy's user, or see `user`, `group` and `mode` of its stats socket"
                     : error == ENOENT   ? "; is that the path of a `stats socket` of HAProxy's?"
                     : error == EAGAIN   ? "; HAProxy did not answer in time"
                     : error == EMSGSIZE ? "; its answer is too long"
                                         : "";
  return {denied ? ErrorKind::access_denied : ErrorKind::unreachable, attempt + ": " + std::strerror(error) + cure};
}

}  // namespace

HaproxySocket::HaproxySocket(std::string path) : path_(std::move(path)) {
  if (path_.empty() || path_.size() >= sizeof(sockaddr_un::sun_path)) {
    throw UsageError("--haproxy-socket '" + path_ + "' is not acceptable; give a path of 1 to " +
                     std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes");
  }
}

Result<std::string> HaproxySocket::ask(const std::string& line) const {
  const std::string attempt = "ask HAProxy at " + path_;
  const Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path_.copy(name.sun_path, sizeof name.sun_path - 1);
  const timeval patience{.tv_sec = limits::haproxy_answer_timeout.count(), .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    return failed(attempt, errno);
  }
  const std::string request = line + "\n";
  for (size_t sent = 0; sent < request.size();) {
    const ssize_t size = ::send(socket.get(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (size < 0) {
      return failed(attempt, errno);
    }
    sent += static_cast<size_t>(size);
  }
  std::string answer;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t size = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (size == 0) {
      return answer;
    }
    if (size < 0) {
      return failed(attempt, errno);
    }
    answer.append(buffer.data(), static_cast<size_t>(size));
    if (answer.size() > limits::haproxy_answer_bytes_max) {
      return failed(attempt, EMSGSIZE);
    }
  }
}

Result<std::string> HaproxySocket::tell(const std::vector<std::string>& commands) const {
  std::string said;
  for (size_t next = 0; next < commands.size();) {
    std::string line = commands[next++];
    while (next < commands.size() && line.size() + 1 + commands[next].size() <= limits::haproxy_line_bytes_max) {
      line += ";" + commands[next++];
    }
    const Result<std::string> answer = ask(line);
    if (!answer.ok()) {
      return answer.error();
    }
    bool line_begins = true;
    for (const char c : answer.value()) {
      if (c != '\n' || !line_begins) {
        said += c;
      }
      line_begins = c == '\n';
    }
  }
  return said;
}

}  // namespace buddyring
