// SPDX-License-Identifier: Apache-2.0
// Load: clients that come at a steady rate, whether or not those before were answered.
//
// Theory of operation. At each step one request is started to each of the endpoints, on
// a connection of its own, so that all are asked at the same instants. One thread
// and poll(2) carry all of them. A request has failed when it was not answered with 200
// within `patience`: a client that waits for its answer before it asks again would
// hardly notice how long a dead server is kept, because it waits at the first one.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "core/address.h"
#include "core/time.h"
#include "tests/lab/host.h"

namespace buddyring::peers {

struct Tally {
  unsigned asked = 0;
  unsigned failed = 0;
};

class Load {
 public:
  static constexpr Duration patience = std::chrono::seconds{2};

  Load(lab::Host& from, std::vector<Endpoint> to, Duration gap);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Requests so far, to each endpoint.
  [[nodiscard]] unsigned asked() const { return asked_; }
  // Ends it, and waits for what was started; by endpoint.
  [[nodiscard]] std::vector<Tally> finish();

 private:
  struct Request;
  void run();
  void start(size_t target, Instant now);
  // True when it is over.
  bool advance(Request& request, bool ready, Instant now);

  const std::vector<Endpoint> to_;
  const Duration gap_;
  std::vector<Tally> tallies_;
  std::vector<Request> under_way_;
  std::atomic<unsigned> asked_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace buddyring::peers
