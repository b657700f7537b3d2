// SPDX-License-Identifier: Apache-2.0
// buddyctl haproxy-sync: keeps the slots of an HAProxy's backend equal to a pool.
//
// Theory of operation. One thread asks the server table for the pool's version at
// each --refresh, as the router does. When it changed, and at each haproxy_recheck
// anyhow (HAProxy may have been started anew, or somebody else may have changed it),
// the slots are read, told what is missing, and read again: what counts is what
// HAProxy then has, not what it said. Whichever of the two cannot be reached, the other stays as it
// is and is asked again after a back-off; HAProxy goes on with the servers it has.
#include <poll.h>

#include <algorithm>
#include <optional>

#include "core/limits.h"
#include "core/router_limits.h"
#include "ctl/command.h"
#include "ctl/haproxy_plan.h"
#include "ctl/haproxy_socket.h"
#include "posix/clock.h"
#include "posix/stop_signals.h"

namespace buddyring {
namespace {

struct Settings {
  std::string pool;
  std::string backend;
  uint16_t port = 0;
  Duration refresh{};
};

// What a turn has left the backend with.
struct Outcome {
  size_t slots = 0;
  size_t serving = 0;
  size_t added = 0;
  size_t removed = 0;
  size_t drained = 0;
  size_t weighted = 0;
  std::vector<std::string> left_out;
};

// One side of the two, and whether it was reached when it was last asked.
class Side {
 public:
  Side(const char* event, const Log& log) : event_(event), log_(log) {}
  // Logs changes only.
  void note(const Status& status) {
    const bool reached = status.ok();
    if (reached_ == reached) {
      return;
    }
    if (!reached) {
      log_.warn(event_, {{"state", "lost"}, {"why", status.error().message}}, monotonic_now());
    } else {
      log_.info(event_, {{"state", "reached"}}, monotonic_now());
    }
    reached_ = reached;
  }

 private:
  const char* event_;
  const Log& log_;
  std::optional<bool> reached_;
};

class HaproxySync {
 public:
  HaproxySync(Settings settings, RegistryClient& registry, HaproxySocket& haproxy, const Log& log)
      : settings_(std::move(settings)), registry_(registry), haproxy_(haproxy), log_(log) {}

  [[nodiscard]] Result<Outcome> once() {
    const Status read = read_pool();
    if (!read.ok()) {
      return read.error();
    }
    return settle();
  }

  // Until SIGTERM or SIGINT.
  void follow() {
    const Fd stop = stop_signals_fd();
    Duration backoff = limits::registry_backoff_first;
    for (;;) {
      const bool well = turn();
      const Duration pause = well ? settings_.refresh : std::max(backoff, settings_.refresh);
      backoff = well ? Duration{limits::registry_backoff_first}
                     : std::min<Duration>(backoff * 2, limits::registry_backoff_max);
      pollfd ready{.fd = stop.get(), .events = POLLIN, .revents = 0};
      const timespec timeout{.tv_sec = pause.count() / 1'000'000'000, .tv_nsec = pause.count() % 1'000'000'000};
      if (::ppoll(&ready, 1, &timeout, nullptr) > 0) {
        return;
      }
    }
  }

 private:
  // False when either side could not be reached.
  bool turn() {
    const Status read = read_pool();
    table_.note(read);
    const bool due = monotonic_now() - settled_at_ >= limits::haproxy_recheck;
    // Without the table, what was last read of it stands.
    if (snapshot_.version == 0 || (settled_version_ == snapshot_.version && !due)) {
      return read.ok();
    }
    const Result<Outcome> settled = settle();
    proxy_.note(settled.ok() ? Status{Done{}} : Status{settled.error()});
    if (!settled.ok()) {
      settled_version_ = 0;
      return false;
    }
    settled_version_ = snapshot_.version;
    settled_at_ = monotonic_now();
    tell(settled.value());
    return read.ok();
  }

  Status read_pool() {
    registry_.try_return();
    const Result<uint64_t> version = registry_.pool_version(settings_.pool);
    if (!version.ok()) {
      return version.error();
    }
    if (version.value() == 0) {
      return Error{ErrorKind::not_found,
                   "no server was ever announced in pool " + settings_.pool + "; check the pool's name"};
    }
    if (version.value() == snapshot_.version) {
      return Done{};
    }
    Result<PoolSnapshot> listed = registry_.list(settings_.pool);
    if (!listed.ok()) {
      return listed.error();
    }
    snapshot_ = std::move(listed.value());
    return Done{};
  }

  Result<std::vector<HaproxySlot>> read_slots() {
    const Result<std::string> state = haproxy_.ask("show servers state " + settings_.backend);
    if (!state.ok()) {
      return state.error();
    }
    return parse_servers_state(state.value(), settings_.backend);
  }

  [[nodiscard]] HaproxyPlan plan(const std::vector<HaproxySlot>& slots) const {
    HaproxyServers servers{.live = {}, .drained = {}, .port = settings_.port};
    for (const ServerRow& row : snapshot_.servers) {
      if (row.drained) {
        servers.drained.push_back(row.server.address);
      } else {
        servers.live.push_back({.address = row.server.address, .weight = row.weight});
      }
    }
    return plan_haproxy(settings_.backend, slots, servers);
  }

  Result<Outcome> settle() {
    Result<std::vector<HaproxySlot>> slots = read_slots();
    if (!slots.ok()) {
      return slots.error();
    }
    const HaproxyPlan wanted = plan(slots.value());
    if (!wanted.commands.empty()) {
      const Result<std::string> said = haproxy_.tell(wanted.commands);
      if (!said.ok()) {
        return said.error();
      }
      slots = read_slots();
      if (!slots.ok()) {
        return slots.error();
      }
      if (!plan(slots.value()).commands.empty()) {
        return Error{ErrorKind::conflict, "HAProxy did not do as it was told; it said '" +
                                              said.value().substr(0, said.value().find('\n')) +
                                              "'; its socket needs `level admin`, and servers of different weights a "
                                              "`balance` that takes other weights while it runs"};
      }
    }
    const auto serving = std::ranges::count(slots.value(), SlotState::serving, &HaproxySlot::state);
    return Outcome{.slots = slots.value().size(),
                   .serving = static_cast<size_t>(serving),
                   .added = wanted.added,
                   .removed = wanted.removed,
                   .drained = wanted.drained,
                   .weighted = wanted.weighted,
                   .left_out = wanted.left_out};
  }

  void tell(const Outcome& outcome) {
    const Instant now = monotonic_now();
    if (outcome.added + outcome.removed + outcome.drained + outcome.weighted > 0) {
      log_.info("slots",
                {{"version", snapshot_.version},
                 {"slots", outcome.slots},
                 {"serving", outcome.serving},
                 {"added", outcome.added},
                 {"removed", outcome.removed},
                 {"drained", outcome.drained},
                 {"weighted", outcome.weighted}},
                now);
    }
    if (outcome.left_out.size() != left_out_) {
      left_out_ = outcome.left_out.size();
      if (left_out_ > 0) {
        log_.warn("slots_short",
                  {{"slots", outcome.slots},
                   {"left_out", left_out_},
                   {"first", outcome.left_out.front()},
                   {"cure", "give the backend's server-template more slots"}},
                  now);
      } else {
        log_.info("slots_enough", {{"slots", outcome.slots}}, now);
      }
    }
  }

  const Settings settings_;
  RegistryClient& registry_;
  HaproxySocket& haproxy_;
  const Log& log_;
  Side table_{"registry", log_};
  Side proxy_{"haproxy", log_};
  PoolSnapshot snapshot_;
  uint64_t settled_version_ = 0;
  Instant settled_at_{};
  size_t left_out_ = 0;
};

ExitStatus show(const Context& context, const Settings& settings, const Outcome& outcome) {
  Json document{{"pool", settings.pool},      {"backend", settings.backend},  {"slots", outcome.slots},
                {"serving", outcome.serving}, {"added", outcome.added},       {"removed", outcome.removed},
                {"drained", outcome.drained}, {"weighted", outcome.weighted}, {"left_out", outcome.left_out}};
  std::string text = std::to_string(outcome.serving) + " of " + std::to_string(outcome.slots) + " slots serve pool " +
                     settings.pool + "; " + std::to_string(outcome.added) + " added, " +
                     std::to_string(outcome.removed) + " removed, " + std::to_string(outcome.drained) + " drained, " +
                     std::to_string(outcome.weighted) + " weighted\n";
  for (const std::string& address : outcome.left_out) {
    text += "no slot for " + address + ": give the backend's server-template more\n";
  }
  context.print(document, text);
  return outcome.left_out.empty() ? ExitStatus::ok : ExitStatus::failure;
}

}  // namespace

ExitStatus sync_haproxy(const Context& context) {
  const Options& options = context.options;
  Settings settings{.pool = context.pool(),
                    .backend = required_name(options, "backend"),
                    .port = 0,
                    .refresh = options.duration("refresh", limits::router_refresh_default, limits::router_refresh_min,
                                                limits::router_refresh_max)};
  static_cast<void>(options.required("target-port"));
  settings.port = static_cast<uint16_t>(options.number("target-port", 0, 1, 65535));
  HaproxySocket haproxy{options.required("haproxy-socket")};
  RegistryClient registry = context.registry();
  const Log log{LogLevel::info};
  if (options.on("once")) {
    HaproxySync sync{settings, registry, haproxy, log};
    return show(context, settings, value_or_fail(sync.once()));
  }
  block_stop_signals();
  HaproxySync{settings, registry, haproxy, log}.follow();
  return ExitStatus::ok;
}

}  // namespace buddyring
