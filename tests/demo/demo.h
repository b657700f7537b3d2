// SPDX-License-Identifier: Apache-2.0
// Demo: the main job, shown and checked step by step.
//
// Theory of operation. Each step does one thing to the pool, waits for the
// events that follow from it and prints how long each took. All instants are
// CLOCK_MONOTONIC of one machine: the kernel's, the agents', the router's and
// the client's can be subtracted. Then the step checks what it shows: the ring
// against the lab's own rule, each agent's list against the table, and each
// answer the client got against what the router knew by then.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/time.h"
#include "screen.h"
#include "tests/lab/asker.h"
#include "tests/lab/pool.h"
#include "tests/lab/ring.h"
#include "tests/lab/router.h"

namespace buddyring::demo {

class Demo {
 public:
  static constexpr unsigned first_servers = 6;

  // Starts the first servers, the router and the client, each of which uses
  // `family` and nothing else. Throws std::runtime_error.
  Demo(lab::Lab& lab, const Screen& screen, lab::Family family);

  void show_first_ring();
  void cut_a_link();
  void kill_two_adjacent();
  void start_a_server();
  void stop_a_server();
  void look_back();

  [[nodiscard]] unsigned checks() const { return checks_; }
  [[nodiscard]] unsigned off() const { return off_; }  // of the checks

 private:
  // When a server ceased to be one, and when the router had learnt of it.
  struct Goner {
    std::string server;
    std::string address;
    Instant since{};
    Instant learnt{};
  };

  void check(bool ok, const std::string& text);
  // Prints the times of a death that was caused at `since`. One deletion may be of
  // `server` and of `beside`, which died with it ("": none did).
  void show_death(const std::string& server, Instant since, const std::string& beside = "");
  // Waits for the router to learn of it, and for the client to ask on.
  void show_router_and_client(const std::string& server, Instant since);
  // Checks that the ring is `expected`, whole, and that all agents agree; prints it.
  void show_ring(const lab::Ring& expected);

  lab::Lab& lab_;
  const Screen& screen_;
  lab::Family family_;
  lab::Pool pool_;
  lab::Ring ring_;  // as it must be now
  std::vector<Goner> goners_;
  std::set<std::string> killed_;
  std::optional<lab::Router> router_;
  std::optional<lab::Asker> asker_;
  unsigned checks_ = 0;
  unsigned off_ = 0;
};

}  // namespace buddyring::demo
