// SPDX-License-Identifier: Apache-2.0
// Pool: a pool of agents, each on a host of its own.
//
// Theory of operation. A pool has a name that no other pool of this lab has, so
// that many can share one server table. The lab looks at it from three sides:
// at the table (through the stored procedures), at each agent's own list
// (through its pinned maps) and at the agents' events. settle() waits until the
// three agree.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "registry/client.h"
#include "tests/lab/agent.h"
#include "tests/lab/lab.h"
#include "tests/lab/ring.h"

namespace buddyring::lab {

inline constexpr auto settle_timeout = std::chrono::seconds{15};

class Pool {
 public:
  explicit Pool(Lab& lab, AgentSettings settings = {});
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Lab& lab() { return lab_; }

  // Makes a host and starts an agent on it; returns when it has announced itself.
  // Throws std::runtime_error when it does not.
  Agent& add(const std::string& server);
  // Makes a host and an agent, not yet started.
  Agent& prepare(const std::string& server);
  // REQUIRES that it was added.
  [[nodiscard]] Agent& operator[](const std::string& server) { return *agents_.at(server); }

  // The server table's view. Throws std::runtime_error when it cannot be had.
  [[nodiscard]] PoolSnapshot snapshot();
  [[nodiscard]] std::map<std::string, Incarnation> incarnations();
  [[nodiscard]] Ring ring() { return ring_of(snapshot()); }

  // Waits until the table holds exactly `expected`, whole, and the list of each
  // agent named equals its row. Returns "", or what is still off at `timeout`.
  [[nodiscard]] std::string settle(const std::set<std::string>& expected,
                                   std::chrono::nanoseconds timeout = settle_timeout);

  // All events of all agents so far that are named `event`, by time; with a
  // `key`, only those whose value for it is `value`.
  [[nodiscard]] std::vector<Event> events(const std::string& event, const std::string& key = "",
                                          const std::string& value = "");
  // The first of these, by time, not before `since`; waits for it.
  [[nodiscard]] std::optional<Event> first_event(const std::string& event, const std::string& key,
                                                 const std::string& value, Instant since,
                                                 std::chrono::nanoseconds timeout = settle_timeout);

 private:
  // In the registry's host, with the table that the agents use.
  template <class Work>
  auto with_table(Work work) {
    return table_ ? lab_.registry().run([&] { return work(*table_); }) : lab_.with_registry(work);
  }
  [[nodiscard]] std::string what_is_off(const std::set<std::string>& expected);

  Lab& lab_;
  std::string name_;
  AgentSettings settings_;
  std::unique_ptr<RegistryClient> table_;  // none: the lab's
  std::map<std::string, std::unique_ptr<Agent>> agents_;
};

}  // namespace buddyring::lab
