// SPDX-License-Identifier: Apache-2.0
// Answers: what the router replies to each request, as values. The HTTP library
// (http_server.h) carries them; nothing here knows it.
#pragma once

#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"
#include "posix/log.h"
#include "router/pool_view.h"

namespace buddyring {

struct Answer {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

class Answers {
 public:
  struct Options {
    std::string pool;
    std::string scheme;
    uint16_t target_port = 0;
    Duration max_staleness{};
  };
  // `view` and `log` must outlive this.
  Answers(Options options, const PoolView& view, const Log& log);

  // For any thread. `target` as the client sent it.
  [[nodiscard]] Answer answer(std::string_view method, std::string_view target);

 private:
  [[nodiscard]] Answer redirect(std::string_view target, const View& view, Instant now);
  [[nodiscard]] Answer own_page(std::string_view method, std::string_view path, const View& view, Instant now) const;
  [[nodiscard]] Answer list_servers(const View& view, Instant now) const;
  [[nodiscard]] Answer health(const View& view, Instant now) const;
  [[nodiscard]] size_t draw(size_t count);

  const Options options_;
  const PoolView& view_;
  const Log& log_;
  std::mutex dice_mutex_;
  std::mt19937_64 dice_;
};

}  // namespace buddyring
