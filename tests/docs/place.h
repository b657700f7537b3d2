// SPDX-License-Identifier: Apache-2.0
// Place: the hosts on which a page is read.
//
//   web-1 .. web-4   10.1.0.1 .. 10.1.0.4
//   router           10.1.0.8
//   db.example       10.1.0.9, a MariaDB
//
// Theory of operation. Each is a network namespace of the lab, and beside it a namespace
// of mounts and of the host's name, which tests/docs/furnish fills. What is typed on a host
// is run by a bash of its own in all three; directory and exported variables are kept for
// the next block there. A page begins with `nothing` but these hosts and a MariaDB that is
// empty, with a `database` and an account that may install, or with a `pool` of three. Hosts
// and MariaDB serve all pages, for its making takes seconds; all that pages change is made anew.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/lab/host.h"
#include "tests/lab/mariadb.h"
#include "tests/lab/process.h"
#include "tests/lab/switch.h"

namespace buddyring::docs {

class Place {
 public:
  // `build` is the build folder. REQUIRES a Sandbox. Throws std::runtime_error with what does not work.
  explicit Place(const std::string& build);
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  // As a page finds it; `begins` as above. What was started there before has been ended. Throws
  // std::runtime_error with what does not work.
  void begin(const std::string& begins);

  [[nodiscard]] bool has(const std::string& host) const { return hosts_.contains(host); }
  // Types `script` there. REQUIRES has(host). Throws std::runtime_error when it takes too long.
  [[nodiscard]] lab::Completed type(const std::string& host, const std::string& script);
  // Types one command that does not end. REQUIRES has(host).
  [[nodiscard]] std::unique_ptr<lab::Process> start(const std::string& host, const std::string& command);
  [[nodiscard]] lab::MariaDb& database() { return *database_; }

 private:
  void furnish(const std::string& name);
  // A bash that runs `script` on that host.
  [[nodiscard]] lab::Command command(const std::string& host, const std::string& script) const;
  void require(const std::string& host, const std::string& script);
  void make_pool();

  std::string build_;
  std::string folder_;
  lab::Switch network_;
  std::map<std::string, std::unique_ptr<lab::Host>> hosts_;
  std::map<std::string, std::unique_ptr<lab::Process>> keepers_;  // of each host's other namespaces
  std::unique_ptr<lab::MariaDb> database_;
  std::vector<std::unique_ptr<lab::Process>> agents_;
};

}  // namespace buddyring::docs
