// SPDX-License-Identifier: Apache-2.0
// MetricsServer: serves the metrics over HTTP, at /metrics alone.
//
// Theory of operation. One thread of libmicrohttpd; connections, their time and their
// memory are bounded. The maps are read anew for each request, so what is served is as
// old as the answer, whether or not the agents run. What is asked twice a second costs
// no agent anything: reading a map takes no lock of theirs.
#pragma once

#include <string>

#include "core/address.h"

struct MHD_Daemon;

namespace buddyring {

class MetricsServer {
 public:
  // What is served: --pin-root, and --pool and --server, "" for any.
  struct Options {
    std::string pin_root;
    std::string pool;
    std::string server;
  };
  // Throws StartupError: address not on this host, port taken, not permitted.
  MetricsServer(const Endpoint& listen, Options options);
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  // Where it listens, with the port that the kernel chose when 0 was asked for.
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

 private:
  Endpoint endpoint_;
  Options options_;
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace buddyring
