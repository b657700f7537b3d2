// SPDX-License-Identifier: Apache-2.0
#include "ctl/metrics_server.h"

#include <microhttpd.h>

#include <string_view>

#include "core/limits.h"
#include "ctl/metrics.h"
#include "posix/fd.h"
#include "posix/listener.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

constexpr const char* plain_text = "text/plain; charset=utf-8";
constexpr const char* metrics_form = "text/plain; version=0.0.4; charset=utf-8";

MHD_Result send(MHD_Connection* connection, unsigned status, const char* type, std::string body) {
  MHD_Response* response = MHD_create_response_from_buffer(body.size(), body.data(), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) {
    return MHD_NO;
  }
  MHD_Result result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
  if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
    result = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, MHD_HTTP_METHOD_GET);
  }
  if (result == MHD_YES) {
    result = MHD_queue_response(connection, status, response);
  }
  MHD_destroy_response(response);
  return result;
}

MHD_Result answer(MHD_Connection* connection, const MetricsServer::Options& options, std::string_view path,
                  std::string_view method) {
  if (path != "/metrics") {
    return send(connection, MHD_HTTP_NOT_FOUND, plain_text, "there is /metrics\n");
  }
  if (method != MHD_HTTP_METHOD_GET) {
    return send(connection, MHD_HTTP_METHOD_NOT_ALLOWED, plain_text, "only GET is answered here\n");
  }
  const auto reading = read_metrics(options.pin_root, options.pool, options.server);
  return reading.ok() ? send(connection, MHD_HTTP_OK, metrics_form, metrics_text(reading.value()))
                      : send(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, plain_text, reading.error().message + "\n");
}

// Answers as soon as the headers are there: whoever sends a body is refused or ignored.
MHD_Result on_request(void* context, MHD_Connection* connection, const char* path, const char* method, const char*,
                      const char*, size_t*, void**) noexcept {
  try {
    return answer(connection, *static_cast<const MetricsServer::Options*>(context), path, method);
  } catch (const std::exception&) {
    return MHD_NO;  // no memory: the connection is closed
  }
}

}  // namespace

MetricsServer::MetricsServer(const Endpoint& listen, Options options)
    : endpoint_(listen), options_(std::move(options)) {
  Fd listener = listen_at(endpoint_);
  constexpr unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC;
  daemon_ =
      MHD_start_daemon(flags, 0, nullptr, nullptr, &on_request, &options_, MHD_OPTION_LISTEN_SOCKET, listener.get(),
                       MHD_OPTION_CONNECTION_LIMIT, limits::metrics_connections_max, MHD_OPTION_CONNECTION_TIMEOUT,
                       static_cast<unsigned>(limits::metrics_connection_timeout.count()), MHD_OPTION_END);
  // Started or not, the library has closed or will close the listener.
  [[maybe_unused]] const int owned_by_library = listener.release();
  if (daemon_ == nullptr) {
    throw StartupError("start the HTTP server at " + endpoint_.text() +
                       ": libmicrohttpd refused; are there threads and descriptors left?");
  }
}

MetricsServer::~MetricsServer() { MHD_stop_daemon(daemon_); }

}  // namespace buddyring
