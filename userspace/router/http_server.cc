// SPDX-License-Identifier: Apache-2.0
#include "router/http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

#include "core/limits.h"
#include "posix/clock.h"
#include "posix/socket_address.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

// One request while it is under way; owned by the library's connection.
struct Request {
  std::string target;
  bool headers_seen = false;
};

Fd open_listener(Endpoint& endpoint) {
  const std::string attempt = "listen at " + endpoint.text() + ": ";
  const SocketAddress name(endpoint);
  Fd socket{::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket.valid()) {
    throw StartupError(attempt + std::strerror(errno));
  }
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (name.family() == AF_INET6) {
    // "[::]" takes IPv4 as well, whatever the host's default is.
    const int off = 0;
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (::bind(socket.get(), name.get(), name.size()) != 0 || ::listen(socket.get(), SOMAXCONN) != 0) {
    const char* all = endpoint.address.is_v4() ? "; give an address of this host, or 0.0.0.0 for all"
                                               : "; give an address of this host, or [::] for all";
    const char* cure = errno == EADDRINUSE      ? "; stop what listens there or choose another port"
                       : errno == EADDRNOTAVAIL ? all
                       : errno == EACCES        ? "; choose a port from 1024 up, or grant CAP_NET_BIND_SERVICE"
                                                : "";
    throw StartupError(attempt + std::strerror(errno) + cure);
  }
  endpoint.port = bound_port(socket.get());
  return socket;
}

// Nothing when memory is short: the connection is then closed.
void* on_target(void*, const char* target, MHD_Connection*) noexcept {
  try {
    return std::make_unique<Request>(Request{target}).release();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void on_completed(void*, MHD_Connection*, void** request, MHD_RequestTerminationCode) noexcept {
  delete static_cast<Request*>(*request);
  *request = nullptr;
}

void on_message(void* context, const char* format, va_list arguments) noexcept {
  const Log& log = *static_cast<const Log*>(context);
  std::array<char, 512> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  std::string_view line{text.data()};
  line = line.substr(0, line.find_last_not_of('\n') + 1);
  log.debug("http", {{"message", line}}, monotonic_now());
}

// True for a body that is worth reading to its end; a client that asks before
// it sends one (Expect) shall rather send it to where it is redirected.
bool body_is_short(MHD_Connection* connection) {
  const auto header = [connection](const char* name) {
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  };
  if (header(MHD_HTTP_HEADER_TRANSFER_ENCODING) != nullptr || header(MHD_HTTP_HEADER_EXPECT) != nullptr) {
    return false;
  }
  const char* length_text = header(MHD_HTTP_HEADER_CONTENT_LENGTH);
  unsigned long long length = 0;
  if (length_text != nullptr) {
    const auto parsed = std::from_chars(length_text, length_text + std::strlen(length_text), length);
    if (parsed.ec != std::errc{}) {
      return false;
    }
  }
  return length <= limits::router_body_bytes_max;
}

MHD_Result send(MHD_Connection* connection, Answer& answer) {
  MHD_Response* response =
      MHD_create_response_from_buffer(answer.body.size(), answer.body.data(), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) {
    return MHD_NO;
  }
  for (const auto& [name, value] : answer.headers) {
    if (MHD_add_response_header(response, name.c_str(), value.c_str()) != MHD_YES) {
      MHD_destroy_response(response);
      return MHD_NO;
    }
  }
  const MHD_Result queued = MHD_queue_response(connection, answer.status, response);
  MHD_destroy_response(response);
  return queued;
}

// Called once when the headers are there, then for each piece of the body, then
// once more when all is there.
MHD_Result on_request(void* context, MHD_Connection* connection, const char*, const char* method, const char*,
                      const char*, size_t* body_bytes, void** state) noexcept {
  if (*state == nullptr) {
    return MHD_NO;
  }
  auto& request = *static_cast<Request*>(*state);
  if (!request.headers_seen) {
    request.headers_seen = true;
    if (body_is_short(connection)) {
      return MHD_YES;
    }
  } else if (*body_bytes != 0) {
    *body_bytes = 0;
    return MHD_YES;
  }
  Answer answer = static_cast<Answers*>(context)->answer(method, request.target);
  return send(connection, answer);
}

}  // namespace

HttpServer::HttpServer(const Endpoint& listen, Answers& answers, const Log& log) : endpoint_(listen) {
  Fd listener = open_listener(endpoint_);
  constexpr unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | MHD_USE_ITC;
  daemon_ = MHD_start_daemon(
      // The logger comes first, for the library uses it from then on.
      flags, 0, nullptr, nullptr, &on_request, &answers, MHD_OPTION_EXTERNAL_LOGGER, &on_message,
      const_cast<Log*>(&log), MHD_OPTION_LISTEN_SOCKET, listener.get(), MHD_OPTION_URI_LOG_CALLBACK, &on_target,
      nullptr, MHD_OPTION_NOTIFY_COMPLETED, &on_completed, nullptr, MHD_OPTION_THREAD_POOL_SIZE, limits::router_threads,
      MHD_OPTION_CONNECTION_LIMIT, limits::router_connections_max, MHD_OPTION_CONNECTION_TIMEOUT,
      static_cast<unsigned>(limits::router_connection_timeout.count()), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      limits::router_connection_bytes_max, MHD_OPTION_END);
  // Started or not, the library has closed or will close the listener.
  [[maybe_unused]] const int owned_by_library = listener.release();
  if (daemon_ == nullptr) {
    throw StartupError("start the HTTP server: libmicrohttpd refused; --log-level debug shows why");
  }
}

HttpServer::~HttpServer() { MHD_stop_daemon(daemon_); }

}  // namespace buddyring
