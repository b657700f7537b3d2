// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/clients.h"

#include <algorithm>

#include "core/limits.h"
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

void Clients::step_after(Step step, Nanos span) {
  step_ = step;
  world_.queue.add(world_.now + span, Happening::refresh);
}

bool Clients::reaches_table() const { return !world_.effects.registry_down && !world_.effects.router_without_registry; }

Nanos Clients::way() {
  const Nanos usual = world_.setup.registry_latency / 2 + chance_.exponential(world_.setup.registry_latency / 10);
  return usual + (world_.effects.registry_delay > 0 ? chance_.exponential(world_.effects.registry_delay) : 0);
}

void Clients::fail() {
  const bool hangs = world_.effects.registry_mute || world_.effects.router_without_registry;
  backoff_ =
      std::clamp<Nanos>(2 * backoff_, nanos(limits::registry_backoff_first), nanos(limits::registry_backoff_max));
  step_after(Step::asking,
             (hangs ? nanos(limits::registry_query_timeout) : way()) + std::max(backoff_, world_.setup.router_refresh));
}

void Clients::on_refresh() {
  switch (step_) {
    case Step::asking:
      asking_ = world_.now;
      step_after(Step::at_table, way());
      break;
    case Step::at_table:
      if (!reaches_table()) {
        fail();
        break;
      }
      read_.clear();
      for (const auto& [name, row] : world_.registry.table().rows()) {
        read_.push_back(name);
      }
      step_after(Step::returning, way());
      break;
    case Step::returning:
      copy_ = std::move(read_);
      asked_ = asking_;
      backoff_ = 0;
      step_after(Step::asking, world_.setup.router_refresh);
      break;
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
