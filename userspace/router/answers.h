// SPDX-License-Identifier: Apache-2.0
// Answers: what the router replies to each request, as values. The HTTP library
// (http_server.h) carries them; nothing here knows it.
#pragma once

#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "posix/log.h"
#include "router/answer.h"
#include "router/choice.h"
#include "router/pool_view.h"

namespace buddyring {

// As the client sent it.
struct Question {
  std::string_view method;
  std::string_view target;
  std::string_view cookie;  // the value of sticky_cookie; empty: none
  Address client;
};

class Answers {
 public:
  struct Options {
    std::string pool;
    std::vector<std::string> endpoints;  // of the registry, in the order of View's
    std::string scheme;
    uint16_t target_port = 0;
    Duration max_staleness{};
    Sticky sticky = Sticky::none;
    bool access_log = false;
  };
  // `view` and `log` must outlive this.
  Answers(Options options, const PoolView& view, const Log& log);

  // For any thread.
  [[nodiscard]] Answer answer(const Question& question);

 private:
  [[nodiscard]] Answer find_answer(const Question& question);
  [[nodiscard]] Answer redirect(const Question& question, const View& view, Instant now);
  [[nodiscard]] const Server& choose(const Question& question, const ClientPool& pool);
  [[nodiscard]] Answer own_page(std::string_view method, std::string_view path, const View& view, Instant now) const;
  [[nodiscard]] Answer list_servers(const View& view, Instant now) const;
  [[nodiscard]] Answer health(const View& view, Instant now) const;
  [[nodiscard]] uint64_t draw(uint64_t count);

  const Options options_;
  const PoolView& view_;
  const Log& log_;
  std::mutex dice_mutex_;
  std::mt19937_64 dice_;
};

}  // namespace buddyring
