// SPDX-License-Identifier: Apache-2.0
#include "router/ui_server.h"

#include <microhttpd.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

#include "core/router_limits.h"
#include "posix/listener.h"
#include "posix/startup_error.h"
#include "router/answer.h"
#include "router/ui_pages.h"

namespace buddyring {
namespace {

constexpr size_t block_bytes = 16384;
// After the end of a stream the browser is to come again so soon.
constexpr std::string_view hello = "retry: 1000\n\n";
// A message of its own, since a page does not see comments.
constexpr std::string_view beat = "event: beat\ndata: {}\n\n";

// One watcher's stream, owned by the library's response.
struct Stream {
  std::unique_ptr<Watchers::Seat> seat;
  int client;
  std::string_view rest = hello;  // of the piece under way
  Watchers::Piece piece{};
};

enum class Waited { something, nothing, gone };

Waited wait_for(const Stream& stream) {
  std::array<pollfd, 2> polled{{{.fd = stream.client, .events = POLLRDHUP, .revents = 0},
                                {.fd = stream.seat->event_fd(), .events = POLLIN, .revents = 0}}};
  constexpr auto patience = std::chrono::milliseconds{limits::ui_beat}.count();
  const int ready = ::poll(polled.data(), polled.size(), static_cast<int>(patience));
  if (ready < 0) {
    return errno == EINTR ? Waited::something : Waited::gone;
  }
  if (ready == 0) {
    return Waited::nothing;
  }
  return polled[0].revents != 0 ? Waited::gone : Waited::something;
}

ssize_t read_stream(void* context, uint64_t, char* buffer, size_t room) noexcept {
  auto& stream = *static_cast<Stream*>(context);
  while (stream.rest.empty()) {
    if (stream.seat->ended()) {
      return MHD_CONTENT_READER_END_OF_STREAM;
    }
    stream.piece = stream.seat->next();
    if (stream.piece != nullptr) {
      stream.rest = *stream.piece;
      continue;
    }
    const Waited waited = wait_for(stream);
    if (waited == Waited::gone) {
      return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (waited == Waited::nothing) {
      stream.rest = beat;
    }
  }
  const size_t size = std::min(room, stream.rest.size());
  std::memcpy(buffer, stream.rest.data(), size);
  stream.rest.remove_prefix(size);
  return static_cast<ssize_t>(size);
}

void end_stream(void* context) noexcept { delete static_cast<Stream*>(context); }

bool stream_events(Watchers& watchers, MHD_Connection* connection, std::string_view method) {
  if (method != "GET") {
    Answer refusal = error_answer(405, "method_not_allowed", "only GET is answered here");
    refusal.headers.emplace_back("Allow", "GET");
    return send_answer(connection, refusal);
  }
  auto seat = watchers.sit_down();
  if (seat == nullptr) {
    Answer refusal = error_answer(503, "too_many_watchers", "as many look at this page as it takes");
    refusal.headers.emplace_back("Retry-After", "10");
    return send_answer(connection, refusal);
  }
  const int client = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  auto stream = std::make_unique<Stream>(Stream{.seat = std::move(seat), .client = client});
  MHD_Response* const response =
      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, block_bytes, &read_stream, stream.get(), &end_stream);
  if (response == nullptr) {
    return false;
  }
  static_cast<void>(stream.release());
  const bool whole = MHD_add_response_header(response, "Content-Type", "text/event-stream") == MHD_YES &&
                     MHD_add_response_header(response, "Cache-Control", "no-store") == MHD_YES &&
                     MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_YES;
  const bool queued = whole && MHD_queue_response(connection, 200, response) == MHD_YES;
  MHD_destroy_response(response);
  return queued;
}

// Answers as soon as the headers are there: nobody sends a body to be shown a page, and the
// library closes the connection of who does.
MHD_Result on_request(void* context, MHD_Connection* connection, const char* path, const char* method, const char*,
                      const char*, size_t*, void**) noexcept {
  try {
    const bool answered = path == ui_events_path ? stream_events(*static_cast<Watchers*>(context), connection, method)
                                                 : send_answer(connection, ui_page(method, path));
    return answered ? MHD_YES : MHD_NO;
  } catch (const std::bad_alloc&) {
    return MHD_NO;
  }
}

}  // namespace

UiServer::UiServer(const Endpoint& listen, Watchers& watchers) : endpoint_(listen), watchers_(watchers) {
  Fd listener = listen_at(endpoint_);
  constexpr auto patience = static_cast<unsigned>(std::chrono::seconds{limits::ui_client_timeout}.count());
  daemon_ =
      MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0,
                       nullptr, nullptr, &on_request, &watchers_, MHD_OPTION_LISTEN_SOCKET, listener.get(),
                       MHD_OPTION_CONNECTION_LIMIT, limits::ui_connections_max, MHD_OPTION_CONNECTION_TIMEOUT, patience,
                       MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
  // Started or not, the library has closed or will close the listener.
  [[maybe_unused]] const int owned_by_library = listener.release();
  if (daemon_ == nullptr) {
    throw StartupError("start the server of --ui: libmicrohttpd refused; raise the limits on processes and open files");
  }
}

UiServer::~UiServer() {
  watchers_.close();
  MHD_stop_daemon(daemon_);
}

}  // namespace buddyring
