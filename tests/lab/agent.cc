// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/agent.h"

#include <array>
#include <csignal>
#include <stdexcept>

#include "kernel/pin_directory.h"
#include "posix/clock.h"

namespace buddyring::lab {
namespace {

constexpr auto start_timeout = std::chrono::seconds{60};
constexpr auto stop_timeout = std::chrono::seconds{60};

}  // namespace

Agent::Agent(Lab& lab, std::string pool, std::string server, AgentSettings settings)
    : lab_(lab),
      pool_(std::move(pool)),
      server_(std::move(server)),
      settings_(std::move(settings)),
      host_(lab.new_host(server_, settings_.family)) {}

Command Agent::command() const {
  Command command{.log_path = lab_.log_path(pool_ + "." + server_)};
  command.argv = {
      settings_.program.empty() ? lab_.program("buddyd") : settings_.program,
      "--pool=" + pool_,
      "--server=" + server_,
      "--address=" + address(),
      "--interface=eth0",
      "--registry=" + (settings_.registry.empty() ? lab_.registry_url(settings_.family) : settings_.registry),
      "--registry-password-file=" + (settings_.password_file.empty() ? lab_.password_file() : settings_.password_file),
      "--pin-root=" + settings_.pin_root,
      "--replace-port=" + std::to_string(default_replace_port)};
  if (!settings_.interval.empty()) {
    command.argv.push_back("--interval=" + settings_.interval);
  }
  if (settings_.misses != 0) {
    command.argv.push_back("--misses=" + std::to_string(settings_.misses));
  }
  if (!settings_.lease.empty()) {
    command.argv.push_back("--lease=" + settings_.lease);
  }
  if (!settings_.key_file.empty()) {
    command.argv.push_back("--key-file=" + settings_.key_file);
  }
  if (!settings_.zone.empty()) {
    command.argv.push_back("--zone=" + settings_.zone);
  }
  command.argv.insert(command.argv.end(), settings_.options.begin(), settings_.options.end());
  command.argv.insert(command.argv.begin(), settings_.through.begin(), settings_.through.end());
  return command;
}

void Agent::launch() {
  if (process_) {
    process_->end();
    const std::vector<Event> said = process_->events();
    earlier_.insert(earlier_.end(), said.begin(), said.end());
  }
  process_ = std::make_unique<Process>(host_->inside(), command());
}

Event Agent::start() {
  launch();
  const auto announced =
      process_->wait_event([](const Event& event) { return event.name == "announced"; }, start_timeout);
  if (!announced) {
    throw std::runtime_error("agent " + server_ + " did not announce itself: " + process_->err());
  }
  return *announced;
}

Exit Agent::stop() {
  process_->signal(SIGTERM);
  const auto exit = process_->wait_exit(stop_timeout);
  if (!exit) {
    throw std::runtime_error("agent " + server_ + " did not stop: " + process_->err());
  }
  return *exit;
}

Event Agent::upgrade() {
  process_->signal(SIGUSR2);
  const auto exit = process_->wait_exit(stop_timeout);
  if (exit != Exit{.code = 0, .signal = 0}) {
    throw std::runtime_error("agent " + server_ + " did not hand over: " + process_->err());
  }
  launch();
  // Its list is read again when it has resumed.
  const auto resumed = process_->wait_event([](const Event& event) { return event.name == "resumed"; }, start_timeout);
  const auto buddies = process_->wait_event([](const Event& event) { return event.name == "buddies"; }, start_timeout);
  if (!resumed || !buddies) {
    throw std::runtime_error("agent " + server_ + " did not resume: " + process_->err());
  }
  return *buddies;
}

Span Agent::kill() {
  Span span{.before = monotonic_now()};
  process_->signal(SIGKILL);
  span.after = monotonic_now();
  if (!process_->wait_exit(stop_timeout)) {
    throw std::runtime_error("agent " + server_ + " survived SIGKILL");
  }
  return span;
}

std::vector<Event> Agent::events(const std::string& name) const {
  std::vector<Event> found = earlier_;
  if (process_) {
    const std::vector<Event> said = process_->events();
    found.insert(found.end(), said.begin(), said.end());
  }
  std::erase_if(found, [&](const Event& event) { return event.name != name; });
  return found;
}

std::optional<Event> Agent::wait_event(const std::string& name, Instant since, std::chrono::nanoseconds timeout) {
  return process_->wait_event([&](const Event& event) { return event.name == name && event.ts_ns >= to_ns(since); },
                              timeout);
}

std::string Agent::attached() {
  const std::string card = run_to_end(host_->inside(), {.argv = {"ip", "-details", "link", "show", "eth0"}}).out;
  const std::string queue = run_to_end(host_->inside(), {.argv = {"tc", "qdisc", "show", "dev", "eth0"}}).out;
  std::string found;
  found += card.find("xdp") != std::string::npos ? "an XDP program; " : "";
  found += queue.find("clsact") != std::string::npos ? "a clsact qdisc; " : "";
  found += own_list() ? "pinned maps; " : "";
  return found;
}

Result<PinnedMaps> Agent::pinned() const { return read_pinned(settings_.pin_root, pin_directory_name(pool_, server_)); }

buddyring_report Agent::report() const {
  const auto maps = pinned();
  return maps ? maps.value().report : buddyring_report{};
}

Incarnation Agent::live_incarnation(const std::string& buddy) const {
  const auto found = pinned();
  for (size_t slot = 0; found && slot < BUDDYRING_MAX_PEERS; ++slot) {
    if (found.value().peer[slot].role != BUDDYRING_PEER_FREE && found.value().peer[slot].server == buddy) {
      return found.value().peer_state[slot].sighting[BUDDYRING_LIVE].incarnation;
    }
  }
  return 0;
}

uint64_t Agent::departures() const {
  const auto found = pinned();
  uint64_t sum = 0;
  for (size_t slot = 0; found && slot < BUDDYRING_MAX_PEERS; ++slot) {
    sum += found.value().peer[slot].role == BUDDYRING_PEER_FREE ? 0 : found.value().peer_state[slot].departures;
  }
  return sum;
}

bool Agent::hears_its_buddies() const {
  const auto own = own_list();
  return own && live_incarnation(own->a) != 0 && live_incarnation(own->b) != 0;
}

std::optional<OwnList> Agent::own_list() const {
  const auto found = pinned();
  if (!found) {
    return std::nullopt;
  }
  const PinnedMaps& maps = found.value();
  std::array<std::string, 2> names;
  for (size_t i = 0; i < names.size(); ++i) {
    const buddyring_buddy_report& buddy = maps.report.buddy[i];
    if (buddy.in_use != 0 && buddy.slot < BUDDYRING_MAX_PEERS) {
      names[i] = maps.peer[buddy.slot].server;
    }
  }
  return OwnList{.a = names[0], .b = names[1], .epoch = maps.agent.epoch};
}

}  // namespace buddyring::lab
