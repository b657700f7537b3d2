// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/clients.h"

#include "tests/sim/world.h"

namespace buddyring::sim {
namespace {

constexpr Nanos between_clients = 50 * millisecond;

}  // namespace

Clients::Clients(World& world) : world_(world), chance_(world.setup.seed, streams::clients) {}

void Clients::begin() {
  if (world_.setup.clients) {
    world_.queue.add(world_.now, Happening::refresh);
    world_.queue.add(world_.now, Happening::client);
  }
}

void Clients::on_refresh() {
  world_.queue.add(world_.now + world_.setup.router_refresh, Happening::refresh);
  if (world_.effects.registry_down || world_.effects.router_without_registry) {
    return;
  }
  // The call takes no time here, but counts from when it was made.
  asked_ = world_.now;
  copy_.clear();
  for (const auto& [name, row] : world_.registry.table().rows()) {
    copy_.push_back(name);
  }
}

void Clients::on_client() {
  world_.queue.add(world_.now + chance_.exponential(between_clients), Happening::client);
  if (asked_ < 0 || world_.now - asked_ > world_.setup.router_staleness || copy_.empty()) {
    ++refused_;
    return;
  }
  ++served_;
  world_.checker.on_client_sent(copy_[chance_.below(copy_.size())]);
}

}  // namespace buddyring::sim
