// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/registry.h"

#include <algorithm>

#include "core/limits.h"
#include "tests/sim/describe.h"
#include "tests/sim/world.h"

namespace buddyring::sim {
namespace {

// As in userspace/agent: how slow a ping may be for a verdict to be sent on it.
constexpr Nanos fresh_contact_min = 20 * millisecond;
// Round trips to open a connection and check the schema.
constexpr Nanos connecting_round_trips = 3;

const DeleteRequest* as_verdict(const RegistryRequest& request) {
  const auto* const deletion = std::get_if<DeleteRequest>(&request);
  return deletion != nullptr && deletion->reason == DeleteReason::dead ? deletion : nullptr;
}

}  // namespace

Registry::Registry(World& world)
    : world_(world),
      chance_(world.setup.seed, streams::registry),
      table_chance_(world.setup.seed, streams::table),
      table_([this](uint64_t below) { return table_chance_.below(below); }) {}

// The server's clock; nobody compares it with another.
Instant Registry::time() const { return Instant{std::chrono::hours{1}} + Duration{world_.now}; }

Registry::Client& Registry::client(NodeId node) {
  if (clients_.size() <= node) {
    clients_.resize(node + 1);
  }
  return clients_[node];
}

bool Registry::reachable(NodeId node) const {
  const Effects& effects = world_.effects;
  return !effects.registry_down && !effects.without_registry.contains(node);
}

Nanos Registry::way() {
  Nanos span = world_.setup.registry_latency / 2 + chance_.exponential(world_.setup.registry_latency / 10);
  if (world_.effects.registry_delay > 0) {
    span += chance_.exponential(world_.effects.registry_delay);
  }
  return span;
}

// --- what an agent does -----------------------------------------------------------

void Registry::submit(NodeId node, RegistryRequest request) {
  Client& own = client(node);
  own.withdrawn = false;
  ++calls_made_;
  Call call{.node = node,
            .life = world_.node(node).life(),
            .request = std::move(request),
            .reply = {},
            .contact_began = world_.now,
            .grounds = {}};
  if (world_.trace.wants_lines()) {
    world_.trace.line(world_.now, world_.node(node).name(), "asks " + describe(call.request));
  }
  if (const auto* verdict = as_verdict(call.request)) {
    call.grounds = world_.checker.grounds_of(world_.node(node), *verdict);
  }
  const uint32_t item = calls_.add(std::move(call));
  if (!own.connected) {
    go(item, Stage::connecting, connecting_round_trips * 2 * way());
  } else if (as_verdict(calls_[item].request) != nullptr) {
    go(item, Stage::pinging, 2 * way());
  } else {
    send(item);
  }
}

void Registry::withdraw(NodeId node) { client(node).withdrawn = true; }

void Registry::on_agent_gone(NodeId node) { client(node) = {}; }

void Registry::on_agent_runs(NodeId node) {
  if (const auto held = std::exchange(client(node).held, std::nullopt)) {
    contact_made(*held);
  }
}

void Registry::on_effects() {
  if (world_.effects.verdicts_paused != table_.is_paused(time())) {
    table_.pause(world_.effects.verdicts_paused ? time() + limits::pause_max : time());
  }
}

void Registry::drop_connections() {
  for (Client& each : clients_) {
    each.connected = false;
    each.sent_back.clear();
  }
}

void Registry::remove_by_operator(const std::string& server) {
  const DeleteRequest request{.server = server, .accuser = "operator", .reason = DeleteReason::removed, .evidence = {}};
  const DeleteReply reply = table_.remove(request, time());
  if (reply.outcome == DeleteReply::Outcome::deleted) {
    world_.checker.on_deleted(request, {});
    world_.checker.on_table_change();
  }
}

// --- the steps of a call -----------------------------------------------------------

void Registry::go(uint32_t item, Stage stage, Nanos span) {
  calls_[item].stage = stage;
  world_.queue.add(world_.now + span, Happening::registry, calls_[item].node, item);
}

bool Registry::is_abandoned(const Call& call) const {
  const Node& node = world_.node(call.node);
  return !node.has_agent() || node.life() != call.life;
}

void Registry::on_step(uint32_t item) {
  const Call& call = calls_[item];
  switch (call.stage) {
    case Stage::connecting:
    case Stage::pinging:
      if (is_abandoned(call)) {
        calls_.remove(item);
      } else if (!world_.node(call.node).runs()) {
        client(call.node).held = item;
      } else {
        contact_made(item);
      }
      break;
    case Stage::at_table:
      carry_out(item);
      break;
    case Stage::returning:
    case Stage::failing:
      reply(item);
      break;
  }
}

// A registry that is down refuses at once, or lets its callers wait.
void Registry::fail(uint32_t item, Nanos refusing, Nanos waiting) {
  Call& call = calls_[item];
  call.reply = Error{ErrorKind::unreachable, "the registry is out of reach"};
  const bool mute = world_.effects.registry_mute || world_.effects.without_registry.contains(call.node);
  go(item, Stage::failing, mute ? waiting : refusing);
}

void Registry::contact_made(uint32_t item) {
  Call& call = calls_[item];
  Client& own = client(call.node);
  const bool pinged = call.stage == Stage::pinging;
  if (!reachable(call.node)) {
    own.connected = false;
    fail(item, way(), nanos(limits::registry_connect_timeout));
    return;
  }
  const auto* const verdict = as_verdict(call.request);
  const Nanos span = world_.now - call.contact_began;
  if (pinged && !own.connected) {  // it broke meanwhile: connects anew
    call.contact_began = world_.now;
    go(item, Stage::connecting, connecting_round_trips * 2 * way());
    return;
  }
  if (!pinged) {
    own.connected = true;
    own.sent_back.clear();
  }
  if (verdict != nullptr) {
    const std::pair key(verdict->server, verdict->incarnation);
    const auto known = std::ranges::find(own.sent_back, key);
    const Nanos fresh = std::max(world_.setup.interval(), fresh_contact_min);
    if (!pinged || (span > fresh && known == own.sent_back.end())) {
      own.sent_back.push_back(key);
      ++sent_back_;
      call.reply = Revalidate{};
      go(item, Stage::returning, 0);
      return;
    }
    if (known != own.sent_back.end()) {
      own.sent_back.erase(known);
    }
  }
  if (own.withdrawn) {
    call.reply = Revalidate{};
    go(item, Stage::returning, 0);
    return;
  }
  send(item);
}

void Registry::send(uint32_t item) {
  const Nanos span = way();
  if (as_verdict(calls_[item].request) != nullptr) {
    verdicts_on_their_way_until_ = std::max(verdicts_on_their_way_until_, world_.now + span);
  }
  go(item, Stage::at_table, span);
}

void Registry::carry_out(uint32_t item) {
  Call& call = calls_[item];
  if (!reachable(call.node)) {
    client(call.node).connected = false;
    fail(item, way(), nanos(limits::registry_query_timeout));
    return;
  }
  call.reply = change(call);
  world_.trace.note(table_.version());
  if (world_.trace.wants_lines()) {
    world_.trace.line(world_.now, "registry", "for " + world_.node(call.node).name() + ": " + describe(call.reply));
  }
  if (chance_.chance(world_.effects.reply_loss)) {
    client(call.node).connected = false;
    call.reply = Error{ErrorKind::unreachable, "the connection broke before the reply"};
    go(item, Stage::failing, chance_.chance(0.5) ? way() : nanos(limits::registry_query_timeout));
    return;
  }
  go(item, Stage::returning, way());
}

RegistryReply Registry::change(Call& call) {
  if (const auto* announce = std::get_if<AnnounceRequest>(&call.request)) {
    auto announced = table_.announce(*announce, time());
    if (announced) {
      world_.checker.on_announced(announce->server.name);
    }
    world_.checker.on_table_change();
    return announced ? RegistryReply(announced.value()) : RegistryReply(announced.error());
  }
  if (const auto* deletion = std::get_if<DeleteRequest>(&call.request)) {
    return remove(call, *deletion);
  }
  if (const auto* beside = std::get_if<BesideRequest>(&call.request)) {
    return table_.beside(*beside);
  }
  if (const auto* beyond = std::get_if<BeyondRequest>(&call.request)) {
    world_.checker.on_accusation(*beyond);
    return table_.beyond(*beyond, time());
  }
  if (std::holds_alternative<ReportRequest>(call.request)) {
    return ReportReply{.taken = true};  // the ring does not depend on it
  }
  return table_.row(std::get<RowRequest>(call.request));
}

RegistryReply Registry::remove(Call& call, const DeleteRequest& request) {
  DeleteReply reply = table_.remove(request, time());
  if (reply.outcome == DeleteReply::Outcome::deleted) {
    world_.checker.on_deleted(request, call.grounds);
    world_.checker.on_table_change();
  }
  return reply;
}

void Registry::reply(uint32_t item) {
  Call call = std::move(calls_[item]);
  calls_.remove(item);
  if (!is_abandoned(call)) {
    world_.node(call.node).complete(RegistryResult{std::move(call.reply)});
  }
}

}  // namespace buddyring::sim
