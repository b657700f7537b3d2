// SPDX-License-Identifier: Apache-2.0
#include "agent/agent.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "agent/event_log.h"
#include "netlink/links.h"
#include "netlink/routes.h"
#include "posix/clock.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

// Both probes, all sessions both ways, the standing polls, and room to spare.
constexpr unsigned loop_entries = 128;

// How old a contact with the registry may be for a verdict to rest on it: an
// interval, but not less than a round trip on a busy host takes.
constexpr Duration fresh_contact_min = std::chrono::milliseconds{20};

void copy_name(char (&into)[BUDDYRING_NAME_BYTES], const std::string& name) {
  std::memset(into, 0, sizeof(into));
  std::memcpy(into, name.data(), std::min(name.size(), sizeof(into) - 1));
}

Server self_of(const AgentOptions& options, const RingNetwork& network) {
  return {.name = options.server,
          .address = network.address,
          .replace_port = options.replace_port,
          .incarnation = realtime_ns()};
}

}  // namespace

Agent::Agent(const AgentOptions& options, const Log& log)
    : options_(options),
      log_(log),
      now_(monotonic_now()),
      network_(find_ring_network(options)),
      loop_(loop_entries),
      listener_(loop_, {network_.address, options.replace_port},
                [this](const ReplaceMessage& message) { return core_.handle_replace(now_, message); }),
      sender_(loop_, network_.address,
              [this](uint64_t id, const auto& ack) { core_.handle_replace_result(now_, id, ack); }),
      probes_(network_.address, network_.interface, identity_of(options.pool, options.server)),
      kernel_({.pin_root = options.pin_root,
               .pool = options.pool,
               .server = options.server,
               .interface = network_.interface,
               .ifindex = network_.ifindex,
               .address = network_.address}),
      worker_({.url = options.registry.url,
               .password = options.registry.password,
               .pool = options.pool,
               .fresh_contact = std::max(options.detection.interval, fresh_contact_min)}),
      core_({.pool = options.pool, .self = self_of(options, network_), .detection = options.detection},
            // Attaching took its time; the first tick is due only now.
            now_ = monotonic_now()) {
  buddyring_report& page = kernel_.report();
  page.started_ns = to_ns(now_);
  page.interval_ns = to_ns(options_.detection.interval);
  page.lease_ns = to_ns(options_.lease);
  page.misses = options_.detection.misses;
  page.pid = static_cast<uint32_t>(::getpid());
  page.replace_port = options_.replace_port;
  copy_name(page.pool, options_.pool);
  copy_name(page.server, options_.server);
  copy_name(page.interface, network_.interface);
}

int Agent::run() {
  for (const std::string& warning : kernel_.warnings()) {
    log_.warn("kernel", {{"warning", warning}}, now_);
  }
  log_.info("started",
            {{"pool", options_.pool},
             {"server", options_.server},
             {"address", network_.address.text()},
             {"interface", network_.interface},
             {"xdp", kernel_.mode() == BUDDYRING_XDP_NATIVE ? "native" : "generic"}},
            now_);
  loop_.poll_in(signals_.fd(), pack({.work = Work::signal}));
  loop_.poll_in(links_.fd(), pack({.work = Work::link}));
  loop_.poll_in(worker_.event_fd(), pack({.work = Work::registry}));

  while (core_.state() != MemberState::gone) {
    now_ = monotonic_now();
    loop_.drain([this](Loop::Token token, int result) { on_completion(token, result); });
    // A slot that changed hands is told to the kernel before it is looked at.
    apply_watch_changes();
    observe();
    listener_.expire(now_);
    sender_.expire(now_);
    core_.handle_timeout(now_);
    carry_out();
    if (core_.start_error()) {
      throw StartupError("cannot announce server " + options_.server + " to pool " + options_.pool + ": " +
                         core_.start_error()->message);
    }
    if (interface_gone_) {
      log_.error("stopped", {{"in_order", false}, {"why", "interface " + network_.interface + " is gone"}}, now_);
      return 1;
    }
    if (core_.state() != MemberState::gone) {
      loop_.wait(next_deadline());
    }
  }
  log_.info("stopped", {{"in_order", core_.left_in_order()}}, now_);
  return core_.left_in_order() ? 0 : 1;
}

// --- inputs -------------------------------------------------------------------

void Agent::on_completion(Loop::Token token, int result) {
  const TokenParts parts = unpack(token);
  switch (parts.work) {
    case Work::signal:
      if (signals_.take()) {
        core_.handle_stop(now_);
      }
      loop_.poll_in(signals_.fd(), token);
      break;
    case Work::link:
      on_link_events();
      loop_.poll_in(links_.fd(), token);
      break;
    case Work::registry:
      on_registry();
      loop_.poll_in(worker_.event_fd(), token);
      break;
    case Work::accept:
      listener_.on_accept(now_, result);
      break;
    case Work::inbound:
      listener_.on_session(parts, result);
      break;
    case Work::outbound:
      sender_.on_connection(parts, result);
      break;
    case Work::probe:
      // A neighbour that does not resolve is the buddy's silence; anything else
      // that keeps a probe from leaving is our own fault.
      if (result != -EHOSTUNREACH) {
        core_.handle_probe_failed(parts.index);
      }
      break;
    case Work::none:
      break;
  }
}

void Agent::on_link_events() {
  const auto on_link = [&](const LinkEvent& event) {
    if (event.ifindex == network_.ifindex) {
      carrier_ = event.up && event.carrier && !event.gone;
      interface_gone_ = interface_gone_ || event.gone;
      // The interface may have been given another MAC, by which it is known now.
      if (!event.gone) {
        log_failure("kernel", kernel_.refresh_link_address());
      }
    }
  };
  const auto on_address = [&](const AddressEvent& event) {
    if (event.ifindex == network_.ifindex && event.address == network_.address) {
      address_here_ = !event.gone;
    }
  };
  const auto drained = links_.drain(on_link, on_address);
  if (!drained || drained.value() == Drained::overrun) {
    reread_network();
  }
  note_network();
}

void Agent::reread_network() {
  const auto interface = find_by_name(network_.interface);
  if (!interface) {
    // What we cannot learn now leaves things as they were; while a buddy is
    // suspected, or the link was last seen down, it is asked again.
    interface_gone_ = interface_gone_ || interface.error().kind == ErrorKind::not_found;
    return;
  }
  carrier_ = interface.value().up && interface.value().carrier;
  address_here_ = std::ranges::count(interface.value().addresses, network_.address) != 0;
}

// Without our address nobody reaches us, whatever the link says.
void Agent::note_network() { core_.handle_carrier(now_, carrier_ && address_here_); }

void Agent::on_registry() {
  uint64_t count = 0;
  static_cast<void>(::read(worker_.event_fd(), &count, sizeof(count)));
  if (const auto reply = worker_.take_reply()) {
    core_.handle_registry_reply(now_, *reply);
  }
}

void Agent::observe() {
  // The kernel may hold back the event of a lost carrier for a second, which is
  // too late for a verdict: while there is a suspect, ask.
  if (suspects_anyone() || !carrier_) {
    if (const auto up = link_is_up(network_.ifindex)) {
      carrier_ = up.value();
    }
    note_network();
  }
  for (unsigned slot = 0; slot < WatchSet::limit; ++slot) {
    if (core_.watches().slots()[slot]) {
      const Observation seen = kernel_.observe(slot);
      core_.handle_observation(slot, seen);
      tell_of_bypass(slot, seen);
    }
  }
}

void Agent::tell_of_bypass(unsigned slot, const Observation& seen) {
  if (seen.unstamped > seen.departed && seen.unstamped > bypass_told_ + limits::bypass_log_pause) {
    bypass_told_ = seen.unstamped;
    log_.error("egress_bypassed",
               {{"buddy", core_.watches().slots()[slot]->server.name},
                {"why", "probes leave without our egress program; nobody is judged; see tc filter show dev " +
                            network_.interface + " egress"}},
               now_);
  }
}

bool Agent::suspects_anyone() const {
  return std::ranges::any_of(core_.watches().slots(),
                             [](const auto& watch) { return watch && watch->detector.state() == BuddyState::suspect; });
}

// --- outputs ------------------------------------------------------------------

void Agent::carry_out() {
  const bool vouch = core_.state() != MemberState::gone && address_here_;
  kernel_.renew_lease(vouch ? now_ + options_.lease : now_);
  const bool in_table = core_.state() == MemberState::member || core_.state() == MemberState::leaving;
  kernel_.set_self(core_.self().incarnation, core_.buddies().epoch(), in_table);
  apply_watch_changes();
  send_probes();
  call_registry();
  while (sender_.has_room()) {
    const auto order = core_.poll_replace_order(now_);
    if (!order) {
      break;
    }
    sender_.start(now_, *order);
  }
  while (const auto event = core_.poll_event()) {
    log_event(log_, *event);
  }
  if (const uint64_t dropped = core_.events_dropped(); dropped != events_dropped_) {
    log_.warn("events_dropped", {{"count", dropped - events_dropped_}}, now_);
    events_dropped_ = dropped;
  }
  report();
}

void Agent::apply_watch_changes() {
  while (const auto change = core_.poll_watch_change()) {
    if (!change->server) {
      log_failure("kernel", kernel_.unwatch(change->slot));
      continue;
    }
    const Server& server = *change->server;
    const Status watched = kernel_.watch(change->slot, server);
    unwatchable_.set(change->slot, !watched.ok());
    log_failure("kernel", watched);
    probes_.aim(change->slot, server.address, identity_of(options_.pool, server.name));
    check_route(server);
  }
}

// Probes leave by the ring's interface from our own address whatever the routes
// say; a route that differs means that answers, or ServerReplace, may not.
void Agent::check_route(const Server& buddy) const {
  const auto route = route_to(buddy.address);
  std::string why;
  if (!route) {
    why = route.error().message;
  } else if (route.value().ifindex != network_.ifindex) {
    why = "leads out of " + route.value().interface + " instead of " + network_.interface;
  } else if (route.value().source != network_.address) {
    why = "has source " + route.value().source.text() + " instead of " + network_.address.text();
  } else {
    return;
  }
  log_.warn("route", {{"buddy", buddy.name}, {"address", buddy.address.text()}, {"why", why}}, now_);
}

void Agent::log_failure(const char* event, const Status& status) const {
  if (!status) {
    log_.error(event, {{"why", status.error().message}}, now_);
  }
}

void Agent::send_probes() {
  while (const auto probe = core_.poll_probe()) {
    if (unwatchable_.test(probe->slot)) {
      core_.handle_probe_failed(probe->slot);
      continue;
    }
    probes_.send(loop_, probe->slot, probe->number, pack({.work = Work::probe, .index = probe->slot}));
  }
}

void Agent::call_registry() {
  if (core_.poll_withdrawal()) {
    worker_.withdraw();
  }
  if (auto request = core_.poll_registry_request(now_)) {
    worker_.submit(std::move(*request));
  }
}

Instant Agent::next_deadline() const {
  Instant next = Instant::max();
  for (const auto& each : {core_.poll_timeout(), listener_.next_deadline(), sender_.next_deadline()}) {
    next = std::min(next, each.value_or(next));
  }
  return next;
}

void Agent::report() {
  const RingMember::Counters& counters = core_.counters();
  buddyring_report& page = kernel_.report();
  page.tick_ns = to_ns(now_);
  page.ticks = counters.ticks;
  page.stalls = counters.stalls;
  page.stall_max_ns = to_ns(counters.stall_max);
  page.verdicts = counters.verdicts;
  page.replaces_applied = counters.replaces_applied;
  const ReplaceListener::Counters& rejected = listener_.counters();
  page.replaces_refused = counters.replaces_refused + rejected.sum();
  page.replaces_malformed = rejected.malformed;
  page.replaces_oversize = rejected.oversize;
  page.replaces_other_version = rejected.other_version;
  page.replaces_timed_out = rejected.timed_out;
  page.replaces_too_many = rejected.too_many;
  page.replaces_broken = rejected.broken;
  page.carrier = counters.carrier;
  page.registry_state = counters.registry_lost      ? BUDDYRING_REGISTRY_LOST
                        : counters.registry_reached ? BUDDYRING_REGISTRY_REACHED
                                                    : BUDDYRING_REGISTRY_UNKNOWN;
  const BuddyList& list = core_.buddies();
  const std::optional<Server>* buddies[] = {&list.a(), &list.b()};
  for (size_t i = 0; i < 2; ++i) {
    buddyring_buddy_report& line = page.buddy[i];
    const auto slot = *buddies[i] ? core_.watches().slot_of((*buddies[i])->name) : std::nullopt;
    line.in_use = slot.has_value();
    if (slot) {
      const Detector& judge = core_.watches().slots()[*slot]->detector;
      line.slot = *slot;
      line.misses = judge.misses();
      line.state = static_cast<uint32_t>(judge.state()) + BUDDYRING_BUDDY_ALIVE;
    }
  }
}

}  // namespace buddyring
