// SPDX-License-Identifier: Apache-2.0
#include "router/http_server.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

#include "core/limits.h"
#include "core/router_limits.h"
#include "posix/clock.h"
#include "posix/file_limit.h"
#include "posix/listener.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

// One request while it is under way; owned by the library's connection.
struct Request {
  const char* begin;  // of the target, in the library's buffer
  std::string target;
  bool headers_seen = false;
};

// The library takes a NUL for the end of the target. It keeps the request's line as it came,
// a NUL in the place of the blank behind the target: the version follows unless there was another.
bool holds_nul(const Request& request, const char* version) {
  const auto end = reinterpret_cast<uintptr_t>(request.begin) + request.target.size();
  const auto version_begin = reinterpret_cast<uintptr_t>(version);
  return version_begin > end + 1 && version_begin - end < limits::router_connection_bytes_max;
}

// The library keeps for each connection what was opened here.
void on_connection(void* context, MHD_Connection* connection, void** kept,
                   MHD_ConnectionNotificationCode code) noexcept {
  Connections& connections = static_cast<HttpServer::Shared*>(context)->connections;
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
    if (*kept != nullptr) {
      connections.closed(static_cast<Connections::Connection*>(*kept));
    }
    return;
  }
  const int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  try {
    *kept = connections.opened(fd);
  } catch (const std::bad_alloc&) {
    // Nobody would cut it: it is not to be served.
    ::shutdown(fd, SHUT_RDWR);
  }
}

// Nothing when memory is short: the connection is then closed.
void* on_target(void*, const char* target, MHD_Connection*) noexcept {
  try {
    return std::make_unique<Request>(Request{target, target}).release();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void on_completed(void* context, MHD_Connection* connection, void** request, MHD_RequestTerminationCode) noexcept {
  delete static_cast<Request*>(*request);
  *request = nullptr;
  void* const kept = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
  if (kept != nullptr) {
    static_cast<HttpServer::Shared*>(context)->connections.answered(static_cast<Connections::Connection*>(kept));
  }
}

void on_message(void* context, const char* format, va_list arguments) noexcept {
  const Log& log = static_cast<HttpServer::Shared*>(context)->log;
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

Address client_of(MHD_Connection* connection) {
  const sockaddr* name = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
  if (name->sa_family == AF_INET) {
    return Address::from_v4(reinterpret_cast<const sockaddr_in*>(name)->sin_addr.s_addr);
  }
  return Address::from_bytes(reinterpret_cast<const sockaddr_in6*>(name)->sin6_addr.s6_addr);
}

// Called once when the headers are there, then for each piece of the body, then
// once more when all is there.
MHD_Result on_request(void* context, MHD_Connection* connection, const char*, const char* method, const char* version,
                      const char*, size_t* body_bytes, void** state) noexcept {
  if (*state == nullptr) {
    return MHD_NO;
  }
  auto& request = *static_cast<Request*>(*state);
  if (!request.headers_seen) {
    request.headers_seen = true;
    if (holds_nul(request, version)) {
      request.target += '\0';  // for Answers to refuse
    }
    if (body_is_short(connection)) {
      return MHD_YES;
    }
  } else if (*body_bytes != 0) {
    *body_bytes = 0;
    return MHD_YES;
  }
  auto& shared = *static_cast<HttpServer::Shared*>(context);
  const char* cookie = MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, sticky_cookie);
  Answer answer = shared.answers.answer({.method = method,
                                         .target = request.target,
                                         .cookie = cookie != nullptr ? cookie : "",
                                         .client = client_of(connection)});
  if (shared.stopping) {
    answer.headers.emplace_back(MHD_HTTP_HEADER_CONNECTION, "close");
  }
  return send_answer(connection, answer) ? MHD_YES : MHD_NO;
}

}  // namespace

HttpServer::HttpServer(const Options& options, Answers& answers, const Log& log)
    : endpoint_(options.listen),
      shared_{answers,
              log,
              {options.connections - options.connections / limits::router_crowd_divisor, options.client_timeout}} {
  need_descriptors(options.connections + limits::router_other_files_max, "--connections");
  Fd listener = listen_at(endpoint_);
  constexpr unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | MHD_USE_ITC;
  daemon_ = MHD_start_daemon(
      // The logger comes first, for the library uses it from then on.
      flags, 0, nullptr, nullptr, &on_request, &shared_, MHD_OPTION_EXTERNAL_LOGGER, &on_message, &shared_,
      MHD_OPTION_LISTEN_SOCKET, listener.get(), MHD_OPTION_NOTIFY_CONNECTION, &on_connection, &shared_,
      MHD_OPTION_URI_LOG_CALLBACK, &on_target, nullptr, MHD_OPTION_NOTIFY_COMPLETED, &on_completed, &shared_,
      MHD_OPTION_THREAD_POOL_SIZE, limits::router_threads, MHD_OPTION_CONNECTION_LIMIT, options.connections,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits::router_connection_bytes_max, MHD_OPTION_STRICT_FOR_CLIENT, 1,
      MHD_OPTION_END);
  // Started or not, the library has closed or will close the listener.
  [[maybe_unused]] const int owned_by_library = listener.release();
  if (daemon_ == nullptr) {
    throw StartupError("start the HTTP server: libmicrohttpd refused; --log-level debug shows why");
  }
}

HttpServer::~HttpServer() {
  shared_.stopping = true;
  // Ours again from here on.
  Fd{MHD_quiesce_daemon(daemon_)}.reset();
  // Whoever is still there afterwards is cut by the library.
  static_cast<void>(shared_.connections.wait_none(limits::router_stop_timeout));
  MHD_stop_daemon(daemon_);
}

}  // namespace buddyring
