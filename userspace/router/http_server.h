// SPDX-License-Identifier: Apache-2.0
// HttpServer: carries Answers over HTTP with libmicrohttpd.
//
// Theory of operation. The library runs limits::router_threads threads with
// epoll; connections and their memory are bounded, and their time by Connections.
// A request's target is taken as it arrived, before the library decodes anything.
// A short body is read and dropped, so that the connection can be used again; a long
// one, or one of unknown length, is not waited for: the answer goes out at once
// and the connection is closed. When it ends, it first closes the listening socket;
// the clients that are connected get an answer to what they have asked or are about
// to ask, with "Connection: close", for up to limits::router_stop_timeout.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "core/address.h"
#include "posix/fd.h"
#include "posix/log.h"
#include "router/answers.h"
#include "router/connections.h"

struct MHD_Daemon;

namespace buddyring {

class HttpServer {
 public:
  struct Options {
    Endpoint listen;
    unsigned connections = 0;  // at most, at a time
    Duration client_timeout{};
  };
  // Throws StartupError: address not on this host, port taken, not permitted.
  // `answers` and `log` must outlive this.
  HttpServer(const Options& options, Answers& answers, const Log& log);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Where it listens, with the port that the kernel chose when 0 was asked for.
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

  // What the library's calls are about.
  struct Shared {
    Answers& answers;
    const Log& log;
    Connections connections;
    std::atomic<bool> stopping = false;
  };

 private:
  Endpoint endpoint_;
  Shared shared_;
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace buddyring
