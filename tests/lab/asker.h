// SPDX-License-Identifier: Apache-2.0
// Asker: a client that keeps asking the router where to go, and remembers.
#pragma once

#include <chrono>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/address.h"
#include "core/time.h"
#include "tests/lab/host.h"

namespace buddyring::lab {

// One request: when it was started, and where it was sent.
struct Asked {
  Instant started{};
  int status = 0;         // 0: no answer
  std::string address{};  // the host named in Location
};

class Asker {
 public:
  static constexpr auto pause = std::chrono::milliseconds{2};

  // Asks until destruction, one request after the other.
  Asker(Host& from, const Endpoint& router);

  [[nodiscard]] std::vector<Asked> asked();
  // How many requests that started at or after `since` were sent to `address`.
  [[nodiscard]] size_t sent_to(const std::string& address, Instant since);

 private:
  void ask(const std::stop_token& stop);

  Host& from_;
  Endpoint router_;
  std::mutex mutex_;
  std::vector<Asked> asked_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace buddyring::lab
