// SPDX-License-Identifier: Apache-2.0
#include "agent/agent.h"

#include <linux/capability.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "agent/event_log.h"
#include "agent/report_page.h"
#include "agent/unheard.h"
#include "kernel/attach_mode.h"
#include "posix/clock.h"
#include "posix/privileges.h"
#include "posix/startup_error.h"
#include "posix/startup_memory.h"

namespace buddyring {
namespace {

// Both probes, all sessions both ways, the standing polls, and room to spare.
constexpr unsigned loop_entries = 128;

// At an orderly end the egress filter goes, and with it the qdisc. The second is for who may
// take real-time priority, or another share, later on.
constexpr std::array kept_capabilities{CAP_NET_ADMIN, CAP_SYS_NICE};

// A server that was handed over to us is still who it was.
Server self_of(const AgentOptions& options, const RingNetwork& network, const KernelPath& kernel) {
  return {.name = options.server,
          .address = network.address,
          .replace_port = options.replace_port,
          .incarnation = kernel.resumed() ? kernel.resumed()->incarnation : realtime_ns()};
}

std::vector<KernelPath::Link> attached_links(const RingNetwork& network) {
  std::vector<KernelPath::Link> links;
  for (const RingNetwork::Link& link : network.links) {
    links.push_back({.interface = link.interface, .ifindex = link.ifindex});
  }
  return links;
}

}  // namespace

Agent::Agent(const AgentOptions& options, Log& log, std::function<AgentOptions()> reread)
    : options_(options),
      log_(log),
      reread_(std::move(reread)),
      now_(monotonic_now()),
      network_(find_ring_network(options)),
      network_watch_(network_),
      scheduling_(options.scheduling, options.detection.interval),
      services_(options.services),
      notifier_(options.notify, options.pool, options.server, log),
      loop_(loop_entries, options.waiting),
      listener_(loop_, {network_.address, options.replace_port}, options_.keys,
                [this](const RingMessage& message) { return core_.handle_message(now_, message); }),
      sender_(loop_, network_.address, options_.keys,
              [this](uint64_t id, const auto& ack) { core_.handle_replace_result(now_, id, ack); }),
      probes_({.source = network_.address,
               .interface = network_.links.size() == 1 ? network_.links.front().interface : "",
               .way = options.probe_way,
               .port = options.probe_port,
               .self = identity_of(options.pool, options.server),
               .keys = options_.keys.for_probes()}),
      worker_({.urls = options.registry.urls,
               .password = options.registry.password,
               .tls_ca = options.registry.tls_ca,
               .pool = options.pool,
               .fresh_contact = fresh_contact(options.detection)}),
      kernel_({.pin_root = options.pin_root,
               .pool = options.pool,
               .server = options.server,
               .links = attached_links(network_),
               .address = network_.address,
               .probe_port = options.probe_port,
               .stamps = options.stamps,
               .probe_keys = options_.keys.for_probes(),
               .attach = options.attach}),
      core_({.pool = options.pool,
             .self = self_of(options, network_, kernel_),
             .zone = options.zone,
             .detection = options.detection,
             .resumes = kernel_.resumed().has_value()},
            // Attaching took its time; the first tick is due only now.
            now_ = monotonic_now()) {
  begin_report(kernel_.report(), now_, options_);
}

int Agent::run() {
  // The programs are in place; from here on no more is needed than it takes to remove them.
  scheduling_.begin();
  const size_t kept = kept_capabilities.size() - (scheduling_.needs_right() ? 0 : 1);
  if (const Status dropped = drop_privileges(std::span{kept_capabilities}.first(kept)); !dropped) {
    throw StartupError(dropped.error().message);
  }
  for (const std::string& warning : kernel_.warnings()) {
    log_.warn("kernel", {{"warning", warning}}, now_);
  }
  log_.info("started",
            {{"pool", options_.pool},
             {"server", options_.server},
             {"address", network_.address.text()},
             {"interface", network_.interfaces()},
             {"xdp", attachment_names()}},
            now_);
  if (const auto& resumed = kernel_.resumed()) {
    log_.info("resumed", {{"incarnation", resumed->incarnation}, {"epoch", resumed->epoch}}, now_);
  }
  loop_.poll_in(signals_.fd(), pack({.work = Work::signal}));
  loop_.poll_in(network_watch_.fd(), pack({.work = Work::link}));
  loop_.poll_in(worker_.event_fd(), pack({.work = Work::registry}));
  services_.begin(loop_, now_, kernel_.resumed().has_value());
  on_service_changes();
  serving_ = rest_on_services();
  core_.handle_service(now_, serving_);
  // Attaching may have taken the link down: known before the first tick is due.
  network_watch_.ask();
  on_link_notices();

  while (core_.state() != MemberState::gone) {
    now_ = monotonic_now();
    loop_.drain([this](Loop::Token token, int result) { on_completion(token, result); });
    // A slot that changed hands is told to the kernel before it is looked at.
    apply_watch_changes();
    observe();
    listener_.expire(now_);
    sender_.expire(now_);
    services_.handle_timeout(loop_, now_);
    notifier_.handle_timeout(now_);
    on_service_changes();
    rest_again();
    core_.handle_timeout(now_);
    carry_out();
    if (core_.start_error()) {
      throw StartupError("cannot announce server " + options_.server + " to pool " + options_.pool + ": " +
                         describe_start_error());
    }
    // Not while the registry works for us: its thread would hold up our end for longer
    // than a lease may last.
    if (handing_over_ && !core_.awaits_registry()) {
      kernel_.hand_over();
      log_.info("handed_over", {{"lease_ns", to_ns(options_.lease)}}, now_);
      notifier_.finish(std::min<Duration>(limits::notify_last_words, options_.lease / 4));
      return 0;
    }
    if (network_watch_.gone()) {
      log_.error("stopped", {{"in_order", false}, {"why", "interface " + network_.interfaces() + " is gone"}}, now_);
      return 1;
    }
    if (core_.state() != MemberState::gone) {
      loop_.wait(next_deadline());
    }
  }
  log_.info("stopped", {{"in_order", core_.left_in_order()}}, now_);
  notifier_.finish(limits::notify_last_words);
  return core_.left_in_order() ? 0 : 1;
}

// Of each interface: "native, tc".
std::string Agent::attachment_names() {
  std::string names;
  for (size_t i = 0; i < network_.links.size(); ++i) {
    names += std::string(i == 0 ? "" : ", ") + attachment_name(kernel_.report().link[i].attachment);
  }
  return names;
}

std::string Agent::describe_start_error() const {
  const Error& error = *core_.start_error();
  if (error.kind == ErrorKind::unheard) {
    return describe_unheard(error.message, network_, kernel_.mode());
  }
  return error.kind == ErrorKind::no_carrier ? describe_no_carrier(network_) : error.message;
}

// --- inputs -------------------------------------------------------------------

void Agent::on_completion(Loop::Token token, int result) {
  const TokenParts parts = unpack(token);
  switch (parts.work) {
    case Work::signal:
      on_signal();
      loop_.poll_in(signals_.fd(), token);
      break;
    case Work::link:
      on_link_notices();
      loop_.poll_in(network_watch_.fd(), token);
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
    case Work::service:
    case Work::unit:
    case Work::check:
      services_.on_completion(loop_, now_, parts, result);
      on_service_changes();
      break;
    case Work::notify:
      notifier_.on_exit(loop_, now_);
      break;
    case Work::none:
      break;
  }
}

void Agent::on_signal() {
  const Signals::Asked asked = signals_.take();
  if (asked == Signals::Asked::reload) {
    reload();
    return;
  }
  // Who is no member has nothing to hand over.
  handing_over_ = asked == Signals::Asked::hand_over && core_.state() == MemberState::member;
  if (asked != Signals::Asked::nothing && !handing_over_) {
    core_.handle_stop(now_);
  }
}

void Agent::on_link_notices() {
  if (network_watch_.read_notices() && !network_watch_.gone()) {
    log_failure("kernel", kernel_.refresh_link_addresses());
    while (const auto interface = network_watch_.poll_gone()) {
      log_.warn("kernel",
                {{"warning", "interface " + *interface + " is gone; the others go on. Where it comes back, " +
                                 "hand over to the next buddyd (buddyctl upgrade) to have it used again"}},
                now_);
    }
  }
  core_.handle_carrier(now_, network_watch_.usable());
}

void Agent::on_registry() {
  uint64_t count = 0;
  static_cast<void>(::read(worker_.event_fd(), &count, sizeof(count)));
  if (const auto reply = worker_.take_reply()) {
    core_.handle_registry_reply(now_, *reply);
  }
}

void Agent::on_service_changes() {
  bool changed = false;
  while (const auto change = services_.poll_change()) {
    changed = true;
    log_.write(change->state == std::string_view{"gone"} ? LogLevel::warn : LogLevel::info, "service",
               {{"what", change->what}, {"pid", change->pid}, {"state", change->state}, {"why", change->why}}, now_);
    notifier_.tell(loop_, now_, *change);
  }
  if (changed) {
    serving_ = rest_on_services();
    core_.handle_service(now_, serving_);
  }
}

bool Agent::rest_on_services() {
  rest_refused_ = false;
  if (!services_.all_there()) {
    return false;
  }
  const auto processes = services_.processes();
  const Status rests = kernel_.rest_on(processes);
  // Where one has exited just now, its own completion comes next.
  rest_refused_ = !rests && rests.error().kind != ErrorKind::not_found;
  if (rest_refused_ && serving_) {
    log_failure("kernel", rests);
  }
  return rests.ok();
}

// What runs is served as soon as the kernel takes its processes.
void Agent::rest_again() {
  if (rest_refused_) {
    serving_ = rest_on_services();
    core_.handle_service(now_, serving_);
  }
}

void Agent::observe() {
  // A lost carrier may be told a second late: ask while there is a suspect, and before an announce.
  if (suspects_anyone() || core_.state() == MemberState::joining || !network_watch_.carrier()) {
    network_watch_.ask();
    core_.handle_carrier(now_, network_watch_.usable());
  }
  for (const unsigned slot : core_.watches().in_use()) {
    const Observation seen = kernel_.observe(slot);
    core_.handle_observation(now_, slot, seen);
    tell_of_bypass(slot, seen);
  }
}

void Agent::tell_of_bypass(unsigned slot, const Observation& seen) {
  if (seen.unstamped > seen.departed && seen.unstamped > bypass_told_ + limits::bypass_log_pause) {
    bypass_told_ = seen.unstamped;
    log_.error("egress_bypassed",
               {{"buddy", core_.watches().in(slot)->server.name},
                {"why", "probes leave without our egress program; nobody is judged; see tc filter show dev " +
                            network_.interfaces() + " egress"}},
               now_);
  }
}

bool Agent::suspects_anyone() const {
  return core_.watches().any([](const Watch& watch) { return watch.detector.state() == BuddyState::suspect; });
}

// --- outputs ------------------------------------------------------------------

void Agent::carry_out() {
  publish_self();
  tell_manager();
  apply_watch_changes();
  if (core_.knows_row()) {
    kernel_.drop_inherited();
  }
  send_probes();
  call_registry();
  while (sender_.has_room()) {
    const auto order = core_.poll_replace_order(now_);
    if (!order) {
      break;
    }
    sender_.start(now_, *order);
  }
  tell_events();
  if (const auto changed = scheduling_.look(now_, core_.counters().tick_delay)) {
    tell_event(*changed);
  }
  scheduling_.write(kernel_.report());
  write_report(kernel_.report(), now_, core_, listener_.counters(), worker_);
  for (size_t i = 0; i < network_.links.size(); ++i) {
    kernel_.report().link[i].carrier = network_watch_.carrier_of(i);
  }
  kernel_.report().service_state = services_.empty() ? BUDDYRING_SERVICE_UNWATCHED
                                   : serving_        ? BUDDYRING_SERVICE_RUNS
                                                     : BUDDYRING_SERVICE_GONE;
}

void Agent::tell_event(const Event& event) {
  const Duration detection_time = options_.detection.misses * options_.detection.interval;
  log_event(log_, event, detection_time);
  notifier_.tell(loop_, now_, event, detection_time);
}

void Agent::tell_events() {
  while (const auto event = core_.poll_event()) {
    tell_event(*event);
  }
  if (const uint64_t dropped = core_.events_dropped(); dropped != events_dropped_) {
    log_.warn("events_dropped", {{"count", dropped - events_dropped_}}, now_);
    events_dropped_ = dropped;
  }
}

// What the kernel's answers say of us.
void Agent::publish_self() {
  const bool vouch = core_.state() != MemberState::gone && network_watch_.address_here() && serving_;
  kernel_.keep_stale(vouch && options_.keep_stale);
  kernel_.renew_lease(vouch ? now_ + options_.lease : now_);
  if (!core_.knows_row()) {
    return;  // what was handed over to us still holds
  }
  const bool in_table = core_.state() == MemberState::member || core_.state() == MemberState::leaving;
  kernel_.set_self(core_.self().incarnation, core_.buddies().epoch(), in_table);
  const Word word = core_.word();
  kernel_.set_word(word.doubts_a, word.doubts_b, word.until);
}

// Started is who is a member, so that a start that fails is one to the manager, too.
void Agent::tell_manager() {
  if (core_.state() == MemberState::member && !manager_.is_ready()) {
    manager_.ready("Member of pool " + options_.pool + " as " + options_.server);
    if (!options_.scheduling.lock_memory) {
      release_startup_memory();
    }
  } else if (core_.state() == MemberState::leaving) {
    manager_.stopping();
  }
  manager_.handle_timeout(now_);
}

void Agent::apply_watch_changes() {
  while (const auto change = core_.poll_watch_change()) {
    if (!change->server) {
      unwatchable_.reset(change->slot);
      log_failure("kernel", kernel_.unwatch(change->slot));
      continue;
    }
    if (change->role_only) {
      log_failure("kernel", kernel_.set_role(change->slot, change->role));
      continue;
    }
    const Server& server = *change->server;
    const Status watched = kernel_.watch(change->slot, server, change->role);
    unwatchable_.set(change->slot, !watched.ok());
    log_failure("kernel", watched);
    probes_.aim(change->slot, server.address, identity_of(options_.pool, server.name));
    if (const std::string problem = route_problem(network_, server.address); !problem.empty()) {
      log_.warn("route", {{"buddy", server.name}, {"address", server.address.text()}, {"why", problem}}, now_);
    }
  }
}

void Agent::log_failure(const char* event, const Status& status) const {
  if (!status) {
    log_.error(event, {{"why", status.error().message}}, now_);
  }
}

// The kernel refused this watch, perhaps for an address that another slot still
// had; nobody is judged there until it is accepted.
bool Agent::watch_again(unsigned slot) {
  const Watch& watch = *core_.watches().in(slot);
  unwatchable_.set(slot, !kernel_.watch(slot, watch.server, watch.role).ok());
  return !unwatchable_.test(slot);
}

void Agent::send_probes() {
  while (const auto probe = core_.poll_probe()) {
    if (core_.watches().in(probe->slot) == nullptr) {
      continue;  // vacated since it was ordered
    }
    if (unwatchable_.test(probe->slot) && !watch_again(probe->slot)) {
      core_.handle_probe_failed(probe->slot);
      continue;
    }
    const Incarnation incarnation = core_.state() == MemberState::member ? core_.self().incarnation : 0;
    probes_.send(loop_, probe->slot, probe->number, incarnation, pack({.work = Work::probe, .index = probe->slot}));
  }
}

void Agent::call_registry() {
  if (core_.poll_withdrawal()) {
    worker_.withdraw();
  }
  if (handing_over_) {
    return;
  }
  if (auto request = core_.poll_registry_request(now_)) {
    worker_.submit(std::move(*request));
  }
}

Instant Agent::next_deadline() const {
  Instant next = Instant::max();
  for (const auto& each : {core_.poll_timeout(), listener_.next_deadline(), sender_.next_deadline(),
                           services_.next_deadline(), notifier_.next_deadline(), manager_.next_deadline()}) {
    next = std::min(next, each.value_or(next));
  }
  return next;
}

}  // namespace buddyring
