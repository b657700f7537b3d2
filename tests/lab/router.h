// SPDX-License-Identifier: Apache-2.0
// Router: a buddyrouter on the lab's router host.
#pragma once

#include <string>
#include <vector>

#include "core/address.h"
#include "tests/lab/lab.h"
#include "tests/lab/process.h"

namespace buddyring::lab {

class Router {
 public:
  static constexpr uint16_t listen_port = 8080;
  static constexpr uint16_t target_port = 9090;

  // Starts it, by the program `through` if there is one, and waits until it answers; options win over
  // the lab's, also as to the registry. Throws std::runtime_error with what it said when it does not.
  Router(Lab& lab, const std::string& pool, const std::vector<std::string>& options = {}, Family family = Family::ipv4,
         const std::vector<std::string>& through = {});

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] Process& process() { return process_; }
  // When it learnt that `server` is gone, not before `since`.
  [[nodiscard]] std::optional<Event> wait_gone(const std::string& server, Instant since);

 private:
  Endpoint endpoint_;
  Process process_;
};

}  // namespace buddyring::lab
