// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/pool.h"

#include <algorithm>
#include <stdexcept>

#include "tests/lab/wait.h"

namespace buddyring::lab {
namespace {

// Each look asks the database twice: seldom enough not to disturb what it looks at.
constexpr auto settle_poll_interval = std::chrono::milliseconds{20};

}  // namespace

Pool::Pool(Lab& lab, AgentSettings settings)
    : lab_(lab),
      name_(lab.new_pool_name()),
      settings_(std::move(settings)),
      table_(settings_.registry.empty() ? nullptr : Lab::client_of(settings_.registry)) {}

Pool::~Pool() {
  // A connection belongs to the thread that opened it.
  lab_.registry().run([this] { table_.reset(); });
}

Agent& Pool::prepare(const std::string& server) {
  auto& agent = agents_[server];
  agent = std::make_unique<Agent>(lab_, name_, server, settings_);
  return *agent;
}

Agent& Pool::add(const std::string& server) {
  Agent& agent = prepare(server);
  agent.start();
  return agent;
}

PoolSnapshot Pool::snapshot() {
  auto snapshot = with_table([this](RegistryClient& client) { return client.list(name_); });
  if (!snapshot) {
    throw std::runtime_error("list pool " + name_ + ": " + snapshot.error().message);
  }
  return std::move(snapshot.value());
}

std::map<std::string, Incarnation> Pool::incarnations() {
  std::map<std::string, Incarnation> found;
  for (const auto& row : snapshot().servers) {
    found[row.server.name] = row.server.incarnation;
  }
  return found;
}

std::string Pool::settle(const std::set<std::string>& expected, std::chrono::nanoseconds timeout) {
  std::string off;
  (void)wait_until(
      [&] {
        off = what_is_off(expected);
        return off.empty();
      },
      timeout, settle_poll_interval);
  return off;
}

std::string Pool::what_is_off(const std::set<std::string>& expected) {
  const auto snapshot = with_table([this](RegistryClient& client) { return client.list(name_); });
  if (!snapshot) {
    return "server table: " + snapshot.error().message;
  }
  std::set<std::string> present;
  for (const auto& row : snapshot.value().servers) {
    present.insert(row.server.name);
  }
  if (present != expected) {
    std::string text = "server table holds";
    for (const auto& server : present) {
      text += " " + server;
    }
    return text;
  }
  const auto violations = with_table([this](RegistryClient& client) { return client.verify(name_); });
  if (!violations) {
    return "verify: " + violations.error().message;
  }
  if (!violations.value().empty()) {
    const Violation& first = violations.value().front();
    return "ring violated: " + first.rule + " at " + first.server + ": " + first.detail;
  }
  for (const auto& row : snapshot.value().servers) {
    const auto own = agents_.at(row.server.name)->own_list();
    if (own != OwnList{.a = row.buddy_a, .b = row.buddy_b, .epoch = row.epoch}) {
      return "list of " + row.server.name + " is " + (own ? own->a + "," + own->b : "absent") + ", its row is " +
             row.buddy_a + "," + row.buddy_b;
    }
  }
  return "";
}

std::vector<Event> Pool::events(const std::string& event, const std::string& key, const std::string& value) {
  std::vector<Event> found;
  for (const auto& [server, agent] : agents_) {
    for (auto& candidate : agent->events(event)) {
      if (key.empty() || candidate.value(key) == value) {
        found.push_back(std::move(candidate));
      }
    }
  }
  std::ranges::sort(found, {}, &Event::ts_ns);
  return found;
}

std::optional<Event> Pool::first_event(const std::string& event, const std::string& key, const std::string& value,
                                       Instant since, std::chrono::nanoseconds timeout) {
  std::optional<Event> first;
  (void)wait_until(
      [&] {
        for (auto& candidate : events(event, key, value)) {
          if (candidate.ts_ns >= to_ns(since)) {
            first = std::move(candidate);
            return true;
          }
        }
        return false;
      },
      timeout);
  return first;
}

}  // namespace buddyring::lab
