// SPDX-License-Identifier: Apache-2.0
#include "tests/compare/serf.h"

#include <algorithm>
#include <stdexcept>

#include "tests/lab/wait.h"

namespace buddyring::compare {
namespace {

constexpr auto join_patience = std::chrono::seconds{30};
constexpr auto failed_patience = std::chrono::seconds{60};
constexpr int rpc_offset = 1000;

// "... serf: EventMemberFailed: s3 10.77.0.3"
auto tells(const std::string& what, const std::string& node) {
  return [what, node](const std::string& line) { return line.find(what + ": " + node + " ") != std::string::npos; };
}

std::string node(size_t number) { return "n" + std::to_string(number); }

}  // namespace

SerfCluster::SerfCluster(lab::Lab& lab, const std::vector<std::unique_ptr<lab::Host>>& hosts,
                         const std::string& profile, uint16_t port)
    : lab_(lab), hosts_(hosts), profile_(profile), port_(port) {
  for (size_t number = 0; number < hosts_.size(); ++number) {
    start(number);
  }
}

void SerfCluster::start(size_t number) {
  lab::Host& host = *hosts_[number];
  lab::Command command{.argv = {"serf", "agent", "-node=" + node(number), "-profile=" + profile_,
                                "-bind=" + host.address() + ":" + std::to_string(port_),
                                "-rpc-addr=127.0.0.1:" + std::to_string(port_ + rpc_offset), "-log-level=info"},
                       .log_path = lab_.log_path("serf-" + profile_ + "." + node(number))};
  if (number != 0) {
    command.argv.push_back("-join=" + hosts_.front()->address() + ":" + std::to_string(port_));
  }
  agents_.push_back(std::make_unique<lab::Process>(host.inside(), command));
  if (!agents_.front()->wait_line(tells("EventMemberJoin", node(number)), Instant{}, join_patience)) {
    throw std::runtime_error("serf: " + node(number) + " did not join: " + agents_[number]->out() +
                             agents_[number]->err());
  }
}

std::optional<Instant> SerfCluster::wait_failed(size_t number, Instant since) {
  std::optional<Instant> first;
  static_cast<void>(lab::wait_until(
      [&] {
        for (size_t other = 0; other < agents_.size(); ++other) {
          const auto lines = agents_[other]->lines(tells("EventMemberFailed", node(number)), since);
          if (other != number && !lines.empty()) {
            first = std::min(first.value_or(lines.front().read), lines.front().read);
          }
        }
        return first.has_value();
      },
      failed_patience));
  return first;
}

size_t SerfCluster::failures(size_t number, Instant since) {
  size_t most = 0;
  for (size_t other = 0; other < agents_.size(); ++other) {
    if (other != number) {
      most = std::max(most, agents_[other]->lines(tells("EventMemberFailed", node(number)), since).size());
    }
  }
  return most;
}

}  // namespace buddyring::compare
