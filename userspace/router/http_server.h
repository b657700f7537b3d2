// SPDX-License-Identifier: Apache-2.0
// HttpServer: carries Answers over HTTP with libmicrohttpd.
//
// Theory of operation. The library runs limits::router_threads threads with
// epoll; connections, their time and their memory are bounded. A request's
// target is taken as it arrived, before the library decodes anything. A short
// body is read and dropped, so that the connection can be used again; a long
// one, or one of unknown length, is not waited for: the answer goes out at once
// and the connection is closed.
#pragma once

#include <memory>
#include <string>

#include "core/address.h"
#include "posix/fd.h"
#include "posix/log.h"
#include "router/answers.h"

struct MHD_Daemon;

namespace buddyring {

class HttpServer {
 public:
  // Throws StartupError: address not on this host, port taken, not permitted.
  // `answers` and `log` must outlive this.
  HttpServer(const Endpoint& listen, Answers& answers, const Log& log);
  // Answers what has been asked, then closes.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Where it listens, with the port that the kernel chose when 0 was asked for.
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

 private:
  Endpoint endpoint_;
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace buddyring
