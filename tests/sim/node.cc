// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/node.h"

#include <algorithm>
#include <array>

#include "core/limits.h"
#include "tests/sim/addresses.h"
#include "tests/sim/describe.h"
#include "tests/sim/world.h"

namespace buddyring::sim {
namespace {

// Connections that buddyd makes at a time.
constexpr unsigned messages_out_max = 8;
// A lost question for a neighbour is repeated after this.
constexpr Nanos neighbour_repeat = second;
// How late the kernel may tell of a carrier.
constexpr Nanos carrier_notice_max = second;
constexpr size_t doubts_kept = 8;

}  // namespace

Node::Node(World& world, NodeId id, std::string name, std::string zone, uint32_t address, HostClock clock)
    : world_(world),
      id_(id),
      name_(std::move(name)),
      zone_(std::move(zone)),
      clock_(clock),
      kernel_(address),
      resolves_at_(WatchSet::limit) {}

Instant Node::local() const { return clock_.read(world_.now); }

// --- what befalls it ------------------------------------------------------------

void Node::power_on() {
  up_ = true;
  // Of two hosts with one address the one that is up keeps it.
  NodeId& holder = world_.holder(address());
  if (holder == nobody || !world_.node(holder).up()) {
    holder = id_;
  }
  say("is up");
}

void Node::crash() {
  kill_agent();
  kernel_.detach();
  up_ = false;
  wanted_ = false;
  say("crashes");
  world_.pass_on_address(*this);
}

void Node::pose() {
  constexpr auto for_ever = std::chrono::hours{10'000};
  kernel_.attach(identity_of(pool_name, name_));
  kernel_.set_impostor(true);
  kernel_.set_self(1, 1, true);
  kernel_.renew_lease(local() + for_ever);
}

void Node::start_agent() {
  if (!up_ || has_agent()) {
    return;
  }
  wanted_ = true;
  ++life_;
  say("agent starts");
  const Instant now = local();
  kernel_.attach(identity_of(pool_name, name_));
  // Like buddyd's, the proposal is the time of day: here, the true time.
  const Server self{.name = name_,
                    .address = address_of(address()),
                    .replace_port = replace_port,
                    .incarnation = static_cast<Incarnation>(world_.now) + 1};
  core_ = std::make_unique<RingMember>(
      RingMember::Settings{.pool = pool_name, .self = self, .zone = zone_, .detection = world_.setup.detection}, now);
  carrier_told_ = true;
  heard_at_ = world_.now;
  list_epoch_ = 0;
  joining_ = true;
  joining_since_ = world_.now;
  world_.checker.on_joining(*this);
  messages_out_ = 0;
  at_work_since_ = world_.now;
  plan_wake(world_.now);
}

void Node::kill_agent() {
  if (!has_agent()) {
    return;
  }
  say("agent ends");
  core_.reset();
  kernel_.revoke_lease();
  ++life_;
  next_wake_ = never;
  ++plan_;
  for (const Completion& completion : std::exchange(completions_, {})) {
    if (const auto* message = std::get_if<MessageIn>(&completion)) {
      world_.messages.reset(message->delivery);
    }
  }
  world_.registry.on_agent_gone(id_);
}

void Node::ask_to_leave() {
  if (has_agent()) {
    wanted_ = false;
    complete(StopAsked{});
  }
}

bool Node::runs() const { return has_agent() && !world_.effects.stopped.contains(id_); }

void Node::effects_changed() {
  const Effects& effects = world_.effects;
  const bool hindered = effects.stopped.contains(id_) || effects.starved.contains(id_) ||
                        effects.unplugged.contains(id_) || effects.fails_probes(id_);
  if (hindered != std::exchange(hindered_, hindered)) {
    at_work_since_ = world_.now;
  }
  if (effects.unheard.contains(id_) != (unheard_since_ != never)) {
    unheard_since_ = unheard_since_ == never ? world_.now : never;
  }
  if (!has_agent()) {
    return;
  }
  if (carrier_told_ == world_.effects.unplugged.contains(id_)) {
    world_.queue.add(world_.now + world_.agents_chance.between(0, carrier_notice_max), Happening::carrier, id_);
  }
  if (runs()) {
    world_.registry.on_agent_runs(id_);
    plan_wake(world_.now);
  }
}

void Node::complete(Completion completion) {
  if (has_agent()) {
    completions_.push_back(std::move(completion));
    plan_wake(world_.now + wake_delay());
  } else if (const auto* message = std::get_if<MessageIn>(&completion)) {
    world_.messages.reset(message->delivery);
  }
}

void Node::on_packet(const Packet& packet) {
  if (!up_) {
    return;
  }
  if (packet.is_request) {
    const Packet answer = kernel_.answer(local(), packet, world_.now);
    // What the stock kernel returns takes another way.
    if (!answer.answered || unheard_since_ == never) {
      world_.send(id_, answer);
    }
  } else {
    heard_at_ = kernel_.arrive(local(), packet) ? world_.now : heard_at_;
  }
}

// --- the agent's wake-up ----------------------------------------------------------

void Node::plan_wake(Nanos at) {
  if (at < next_wake_) {
    next_wake_ = at;
    world_.queue.add(at, Happening::wake, id_, ++plan_);
  }
}

void Node::plan_next() {
  const auto deadline = core_->poll_timeout();
  if (!deadline) {
    return;
  }
  plan_wake(std::max(world_.now, clock_.when(*deadline)) + wake_delay());
}

Nanos Node::wake_delay() {
  const bool starved = !world_.effects.starved.empty() && world_.effects.starved.contains(id_);
  const Nanos most = world_.setup.wake_delay_max + (starved ? world_.effects.starvation : 0);
  return world_.agents_chance.between(0, most);
}

void Node::on_wake(uint32_t plan) {
  if (plan != plan_ || !has_agent()) {
    return;
  }
  next_wake_ = never;
  if (!runs()) {
    return;  // it wakes up when it goes on
  }
  ++wakes_;
  // A member wakes up for each tick.
  slept_ = core_->state() == MemberState::member && world_.now - woke_at_ > 2 * world_.setup.interval() + millisecond;
  woke_at_ = world_.now;
  const Instant now = local();
  const auto completions = std::exchange(completions_, {});
  for (const Completion& completion : completions) {
    take(completion);
  }
  apply_watch_changes();
  observe();
  core_->handle_timeout(now);
  carry_out(now);
  end_agent_if_done();
  if (has_agent()) {
    plan_next();
  }
}

void Node::take(const Completion& completion) {
  const Instant now = local();
  if (const auto* message = std::get_if<MessageIn>(&completion)) {
    heard_at_ = world_.now;
    const ReplaceAck acknowledgement = core_->handle_message(now, world_.messages.text(message->delivery));
    world_.messages.acknowledge(message->delivery, acknowledgement);
  } else if (const auto* result = std::get_if<MessageResult>(&completion)) {
    --messages_out_;
    core_->handle_replace_result(now, result->order, result->acknowledgement);
    if (result->expecting != nobody) {
      world_.checker.on_expect_ended(*this, result->expecting, result->acknowledgement);
    }
  } else if (const auto* reply = std::get_if<RegistryResult>(&completion)) {
    heard_at_ = std::holds_alternative<Error>(reply->reply) ? heard_at_ : world_.now;
    core_->handle_registry_reply(now, reply->reply);
  } else if (std::holds_alternative<CarrierNotice>(completion)) {
    carrier_told_ = !world_.effects.unplugged.contains(id_);
    core_->handle_carrier(now, carrier_told_);
  } else {
    core_->handle_stop(now);
  }
}

void Node::observe() {
  const Instant now = local();
  const auto suspected = [](const Watch& watch) { return watch.detector.state() == BuddyState::suspect; };
  if (!carrier_told_ || (!world_.effects.unplugged.empty() && core_->watches().any(suspected))) {
    carrier_told_ = !world_.effects.unplugged.contains(id_);
    core_->handle_carrier(now, carrier_told_);
  }
  for (const unsigned slot : core_->watches().in_use()) {
    core_->handle_observation(now, slot, kernel_.observe(slot));
  }
}

void Node::carry_out(Instant now) {
  const bool vouch = core_->state() != MemberState::gone;
  kernel_.keep_stale(vouch && world_.setup.keep_stale);
  kernel_.renew_lease(vouch ? now + world_.setup.lease : now);
  const bool in_table = core_->state() == MemberState::member || core_->state() == MemberState::leaving;
  kernel_.set_self(core_->self().incarnation, core_->buddies().epoch(), in_table);
  publish(now);
  const bool joins = core_->state() == MemberState::joining;
  if (std::exchange(joining_, joins) != joins && joins) {
    joining_since_ = world_.now;
    world_.checker.on_joining(*this);
  }
  apply_watch_changes();
  send_probes(now);
  if (core_->poll_withdrawal()) {
    world_.registry.withdraw(id_);
  }
  if (auto request = core_->poll_registry_request(now)) {
    world_.checker.on_request(*this, *request);
    world_.registry.submit(id_, std::move(*request));
  }
  send_messages(now);
  tell_events();
  if (std::exchange(list_epoch_, core_->buddies().epoch()) != core_->buddies().epoch()) {
    world_.checker.on_list(*this);
  }
}

void Node::publish(Instant now) {
  const Word word = core_->word();
  kernel_.set_word(word);
  if (now <= word.until) {
    if (word.doubts_a) {
      note_doubt(now, core_->buddies().a());
    }
    if (word.doubts_b) {
      note_doubt(now, core_->buddies().b());
    }
  }
  ticks_published_ = core_->counters().ticks;
}

void Node::note_doubt(Instant now, const std::optional<Server>& buddy) {
  if (!buddy) {
    return;
  }
  if (ticks_published_ != core_->counters().ticks) {
    world_.checker.on_doubt(*this, now, *buddy);
  }
  for (PublishedDoubt& known : doubts_) {
    if (known.server == buddy->name && known.incarnation == buddy->incarnation &&
        world_.now - known.until <= 3 * world_.setup.interval()) {
      known.until = world_.now;
      return;
    }
  }
  if (doubts_.size() == doubts_kept) {
    doubts_.erase(doubts_.begin());
  }
  doubts_.push_back({buddy->name, buddy->incarnation, world_.now, world_.now});
}

void Node::apply_watch_changes() {
  while (const auto change = core_->poll_watch_change()) {
    if (!change->server) {
      kernel_.unwatch(change->slot);
      continue;
    }
    const Server& server = *change->server;
    if (world_.trace.wants_lines()) {
      constexpr std::array<const char*, 3> roles{"", " beyond", " as a newcomer"};
      say("watches " + server.name + roles.at(static_cast<size_t>(change->role)));
    }
    const uint64_t nonce = mix(mix(world_.setup.seed, id_), ++watches_made_) << 16U;
    kernel_.watch(change->slot, *change, number_of(server.address), identity_of(pool_name, server.name), nonce);
    if (!change->role_only) {
      const bool lost = world_.agents_chance.chance(world_.setup.unresolved);
      resolves_at_[change->slot] = lost ? world_.now + neighbour_repeat : 0;
    }
  }
}

void Node::send_probes(Instant now) {
  while (const auto order = core_->poll_probe()) {
    if (fails_probe(order->slot)) {
      core_->handle_probe_failed(order->slot);
      continue;
    }
    if (world_.now < resolves_at_[order->slot]) {
      continue;  // it waits for its neighbour, and is dropped there
    }
    if (const auto probe = kernel_.depart(now, order->slot, order->number)) {
      world_.send(id_, *probe);
    } else {
      core_->handle_probe_failed(order->slot);
    }
  }
}

bool Node::fails_probe(unsigned slot) {
  const Effects& effects = world_.effects;
  if (effects.probe_failure == 0) {
    return false;
  }
  const Watch* watch = core_->watches().in(slot);
  const Node* to = watch != nullptr ? world_.node_named(watch->server.name) : nullptr;
  const bool befallen =
      effects.probes_fail.contains(id_) || (to != nullptr && effects.probes_fail_to.contains({id_, to->id()}));
  return befallen && world_.agents_chance.chance(effects.probe_failure);
}

void Node::send_messages(Instant now) {
  while (messages_out_ < messages_out_max) {
    const auto order = core_->poll_replace_order(now);
    if (!order) {
      break;
    }
    ++messages_out_;
    world_.messages.start(id_, *order);
  }
}

void Node::tell_events() {
  while (const auto event = core_->poll_event()) {
    world_.trace.note(static_cast<uint64_t>(event->kind));
    world_.trace.note(to_ns(event->at));
    world_.trace.note(event->subject);
    world_.trace.note(event->detail);
    if (event->kind == EventKind::verdict) {
      world_.checker.on_verdict(*this, event->subject);
    } else if (event->kind == EventKind::unheard) {
      world_.checker.on_joining(*this);  // anew, after a pause
    }
    if (world_.trace.wants_lines()) {
      say(describe(*event));
    }
  }
}

void Node::end_agent_if_done() {
  if (core_->state() == MemberState::gone) {
    say(core_->left_in_order() ? "left" : "left without the registry");
    kill_agent();
    kernel_.detach();
  } else if (core_->start_error()) {
    say("cannot start: " + core_->start_error()->message);
    kill_agent();
    kernel_.detach();
    if (wanted_) {
      world_.queue.add(world_.now + restart_pause, Happening::start, id_);
    }
  }
}

void Node::say(std::string_view text) const {
  if (world_.trace.wants_lines()) {
    world_.trace.line(world_.now, name_, text);
  }
}

// --- facts ----------------------------------------------------------------------

bool Node::serves() const { return up_ && runs() && core_->state() == MemberState::member && kernel_.vouches(local()); }

bool Node::is_vouched_for(Incarnation incarnation) const {
  return up_ && kernel_.vouches(local()) && kernel_.incarnation() == incarnation;
}

const Kernel::Sight* Node::sight_of(const std::string& server, Incarnation incarnation) const {
  if (!has_agent()) {
    return nullptr;
  }
  const auto slot = core_->watches().slot_of(server);
  const bool same = slot && (incarnation == 0 || core_->watches().in(*slot)->server.incarnation == incarnation);
  return same ? kernel_.sight(*slot) : nullptr;
}

}  // namespace buddyring::sim
