// SPDX-License-Identifier: Apache-2.0
// Haproxy: Debian's HAProxy on a host, with a socket for its runtime API.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "tests/lab/lab.h"
#include "tests/lab/process.h"

namespace buddyring::lab {

class Haproxy {
 public:
  // `name` is of its files in the lab's folder; `sections` follow a `global` and a `defaults`
  // that try no server twice. Returns at once: it may not listen yet.
  Haproxy(Lab& lab, Host& host, const std::string& name, const std::string& sections);

  // Kills it and starts it anew, with nothing but its configuration.
  void start_anew();

  [[nodiscard]] const std::string& socket() const { return socket_; }
  [[nodiscard]] std::string err() { return process_->err(); }
  [[nodiscard]] Process& process() { return *process_; }
  // The addresses, without port, that new clients of the backend are sent to, as "show stat"
  // has it; empty when it cannot be asked.
  [[nodiscard]] std::set<std::string> serving(const std::string& backend) const { return with(backend, "no check"); }
  // Those that only keep the clients that they have.
  [[nodiscard]] std::set<std::string> draining(const std::string& backend) const { return with(backend, "DRAIN"); }

 private:
  // Nobody checks these slots, so "no check" is the status of those that serve.
  [[nodiscard]] std::set<std::string> with(const std::string& backend, const std::string& status) const;
  void start();

  Host& host_;
  std::string configuration_;
  std::string socket_;
  std::string log_path_;
  std::unique_ptr<Process> process_;
};

// A section that answers every request at `port` with 200 and `body`.
[[nodiscard]] std::string haproxy_origin(uint16_t port, const std::string& body);

// `count` slots for buddyctl haproxy-sync in the backend "web", behind `listen_port`.
[[nodiscard]] std::string haproxy_slots(uint16_t listen_port, unsigned count);

// buddyctl haproxy-sync on `host`, following the pool into the backend "web".
[[nodiscard]] Command haproxy_sync(Lab& lab, const std::string& pool, const std::string& socket, uint16_t target_port);

}  // namespace buddyring::lab
