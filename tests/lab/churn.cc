// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/churn.h"

#include <memory>
#include <utility>

#include "tests/lab/wait.h"

namespace buddyring::lab {
namespace {

using namespace std::chrono_literals;

constexpr unsigned servers_each = 6;
constexpr auto insistence = 240s;
constexpr auto pause = 200ms;  // between two calls, as an agent's back-off

}  // namespace

Churn::Churn(std::string pool, const std::vector<std::vector<RegistryUrl>>& endpoints, const std::string& password)
    : pool_(std::move(pool)) {
  for (unsigned own = 0; own < endpoints.size(); ++own) {
    threads_.emplace_back([this, own, urls = endpoints[own], password] {
      RegistryClient client(urls, password);
      live(own, client);
    });
  }
}

Churn::~Churn() {
  ending_ = true;
  for (auto& thread : threads_) {
    if (thread.joinable()) {
      thread.join();
    }
  }
}

std::set<std::string> Churn::finish() {
  ending_ = true;
  for (auto& thread : threads_) {
    thread.join();
  }
  return present_;
}

std::vector<std::string> Churn::errors() const {
  const std::lock_guard lock(mutex_);
  return errors_;
}

template <class Call>
auto Churn::insist(const Call& call) -> decltype(call()) {
  auto reply = call();
  const auto settled = [&] {
    if (reply || reply.error().kind != ErrorKind::unreachable) {
      return true;
    }
    ++counts_.unreachable;
    reply = call();
    return reply || reply.error().kind != ErrorKind::unreachable;
  };
  static_cast<void>(wait_until(settled, insistence, pause));
  if (!reply) {
    const std::lock_guard lock(mutex_);
    errors_.push_back(reply.error().message);
    ending_ = true;
  }
  return reply;
}

void Churn::live(unsigned own, RegistryClient& client) {
  for (unsigned turn = 0; !ending_; ++turn) {
    client.try_return();
    const unsigned number = turn % servers_each;
    const Server server{.name = "c" + std::to_string(own) + "-" + std::to_string(number),
                        .address = *Address::parse("10.1." + std::to_string(own) + "." + std::to_string(number + 1)),
                        .replace_port = 7946,
                        .incarnation = 1};
    // In for one round of the servers, out for the next.
    if (turn / servers_each % 2 == 0) {
      announce(client, server);
    } else if (turn % 3 != 0 || !pronounce_dead(client, server.name)) {
      take_out(client, server.name);
    }
  }
}

void Churn::announce(RegistryClient& client, const Server& server) {
  if (insist([&] { return client.announce(pool_, {.server = server}); })) {
    const std::lock_guard lock(mutex_);
    present_.insert(server.name);
    ++counts_.done;
  }
}

void Churn::take_out(RegistryClient& client, const std::string& server) {
  if (insist([&] {
        return client.remove(pool_,
                             {.server = server, .accuser = server, .reason = DeleteReason::left, .evidence = {}});
      })) {
    const std::lock_guard lock(mutex_);
    present_.erase(server);
    ++counts_.done;
  }
}

bool Churn::pronounce_dead(RegistryClient& client, const std::string& server) {
  const auto row = insist([&] { return client.row(pool_, {server}); });
  if (!row || !row.value().own || !row.value().own->buddy_a || !row.value().own->buddy_b) {
    return false;
  }
  const OwnRow& own = *row.value().own;
  const auto reply = insist([&] {
    return client.remove(pool_, {.server = server,
                                 .incarnation = own.incarnation,
                                 .accuser = own.buddy_a->server.name,
                                 .reason = DeleteReason::dead,
                                 .evidence = {},
                                 .witness = own.buddy_b->server.name,
                                 .word = WitnessWord::concurs});
  });
  // Meanwhile the ring may have changed there, or the accuser deleted many.
  using Outcome = DeleteReply::Outcome;
  if (!reply || (reply.value().outcome != Outcome::deleted && reply.value().outcome != Outcome::already)) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  present_.erase(server);
  ++counts_.done;
  ++counts_.verdicts;
  return true;
}

}  // namespace buddyring::lab
