// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/http.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>

#include "posix/socket_address.h"

namespace buddyring::lab {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string trim(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \r");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \r") + 1 - begin);
}

std::optional<HttpResponse> parse(const std::string& answer) {
  const size_t head_end = answer.find("\r\n\r\n");
  if (head_end == std::string::npos || !answer.starts_with("HTTP/1.1 ")) {
    return std::nullopt;
  }
  HttpResponse response;
  response.status = std::atoi(answer.c_str() + 9);
  response.body = answer.substr(head_end + 4);
  size_t begin = answer.find('\n') + 1;
  while (begin < head_end + 2) {
    const size_t end = answer.find('\n', begin);
    const std::string line = answer.substr(begin, end - begin);
    const size_t colon = line.find(':');
    if (colon != std::string::npos) {
      response.headers[lower(line.substr(0, colon))] = trim(line.substr(colon + 1));
    }
    begin = end + 1;
  }
  return response;
}

}  // namespace

Fd connect_from(Host& from, const Endpoint& to, std::chrono::milliseconds timeout) {
  const SocketAddress peer(to);
  Fd connection = from.run([&] { return Fd(socket(peer.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)); });
  const timeval limit{.tv_sec = timeout.count() / 1000, .tv_usec = timeout.count() % 1000 * 1000};
  setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(connection.get(), peer.get(), peer.size()) != 0) {
    connection.reset();
  }
  return connection;
}

bool send_all(const Fd& connection, const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t size = send(connection.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) {
      return false;
    }
    sent += static_cast<size_t>(size);
  }
  return true;
}

std::optional<std::string> receive_to_close(const Fd& connection) {
  std::string received;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t size = recv(connection.get(), buffer.data(), buffer.size(), 0);
    if (size == 0 || (size < 0 && errno == ECONNRESET)) {
      return received;
    }
    if (size < 0) {
      return std::nullopt;
    }
    received.append(buffer.data(), static_cast<size_t>(size));
  }
}

std::optional<HttpResponse> http_get(Host& from, const Endpoint& to, const std::string& path,
                                     const std::map<std::string, std::string>& headers) {
  const Fd connection = connect_from(from, to);
  std::string request = "GET " + path + " HTTP/1.1\r\nHost: " + to.text() + "\r\nConnection: close\r\n";
  for (const auto& [name, value] : headers) {
    request += name + ": " + value + "\r\n";
  }
  if (!connection.valid() || !send_all(connection, request + "\r\n")) {
    return std::nullopt;
  }
  const auto answer = receive_to_close(connection);
  return answer ? parse(*answer) : std::nullopt;
}

std::string host_of_url(const std::string& url) {
  const size_t begin = url.find("//");
  if (begin == std::string::npos) {
    return "";
  }
  const bool brackets = url.compare(begin + 2, 1, "[") == 0;
  const size_t host = begin + (brackets ? 3 : 2);
  const size_t end = url.find_first_of(brackets ? "]" : ":/?", host);
  return url.substr(host, end == std::string::npos ? end : end - host);
}

}  // namespace buddyring::lab
