// SPDX-License-Identifier: Apache-2.0
#include "router/refresher.h"

#include <algorithm>
#include <map>

#include "core/limits.h"
#include "posix/clock.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

std::map<std::string, Incarnation> incarnations(const ClientPool* pool) {
  std::map<std::string, Incarnation> by_name;
  if (pool != nullptr) {
    for (const ServerRow& row : pool->table.servers) {
      by_name[row.server.name] = row.server.incarnation;
    }
  }
  return by_name;
}

void log_differences(const Log& log, const ClientPool* before, const ClientPool& after, Instant at) {
  const auto old_servers = incarnations(before);
  const auto new_servers = incarnations(&after);
  const auto note = [&](const char* event, const std::string& name, Incarnation incarnation) {
    log.info(event, {{"server", name}, {"incarnation", incarnation}, {"version", after.table.version}}, at);
  };
  for (const auto& [name, incarnation] : old_servers) {
    if (!new_servers.contains(name)) {
      note("gone", name, incarnation);
    }
  }
  for (const auto& [name, incarnation] : new_servers) {
    const auto known = old_servers.find(name);
    if (known == old_servers.end()) {
      note("came", name, incarnation);
    } else if (known->second != incarnation) {
      note("restarted", name, incarnation);
    }
  }
}

}  // namespace

Refresher::Refresher(RegistryClient& client, std::string pool, Duration interval, PoolView& view,
                     ServiceManager& manager, const Log& log)
    : client_(client), pool_(std::move(pool)), interval_(interval), view_(view), manager_(manager), log_(log) {
  const Status first = refresh();
  if (!first.ok()) {
    throw StartupError(first.error().message);
  }
  thread_ = std::thread{[this] { run(); }};
}

Refresher::~Refresher() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Refresher::run() {
  Duration backoff = limits::registry_backoff_first;
  Duration pause = interval_;
  while (!stop_within(pause)) {
    const Status refreshed = refresh();
    manager_.handle_timeout(monotonic_now());
    if (refreshed.ok()) {
      backoff = limits::registry_backoff_first;
      pause = interval_;
    } else {
      note_lost(refreshed.error());
      pause = std::max(backoff, interval_);
      backoff = std::min<Duration>(backoff * 2, limits::registry_backoff_max);
    }
  }
}

bool Refresher::stop_within(Duration pause) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, pause, [this] { return stopping_; });
}

Status Refresher::refresh() {
  client_.try_return();
  // The table said what it said after it was asked: older than that it cannot be.
  const Instant asked = monotonic_now();
  const Result<uint64_t> version = client_.pool_version(pool_);
  if (!version.ok()) {
    return version.error();
  }
  const auto current = view_.get();
  if (current->pool != nullptr && current->pool->table.version == version.value()) {
    view_.replace(View{current->pool, asked, true, "", client_.endpoints().entries()});
    if (!current->registry_reached) {
      log_.info("registry", {{"state", "reached"}}, monotonic_now());
    }
    return Done{};
  }
  Result<PoolSnapshot> listed = client_.list(pool_);
  if (!listed.ok()) {
    return listed.error();
  }
  take(std::move(listed.value()), asked);
  return Done{};
}

void Refresher::take(PoolSnapshot snapshot, Instant asked) {
  // The table's order of names need not be that of their bytes.
  std::ranges::sort(snapshot.servers, {}, [](const ServerRow& row) -> const std::string& { return row.server.name; });
  // The drained are nobody to send clients to.
  const auto first_drained = std::stable_partition(snapshot.servers.begin(), snapshot.servers.end(),
                                                   [](const ServerRow& row) { return !row.drained; });
  std::vector<ServerRow> drained(first_drained, snapshot.servers.end());
  snapshot.servers.erase(first_drained, snapshot.servers.end());
  const auto before = view_.get();
  const auto paused_until = snapshot.paused_left ? std::optional(asked + *snapshot.paused_left) : std::nullopt;
  const auto pool = std::make_shared<const ClientPool>(
      ClientPool{.table = std::move(snapshot), .paused_until = paused_until, .drained = std::move(drained)});
  view_.replace(View{pool, asked, true, "", client_.endpoints().entries()});
  const Instant effective = monotonic_now();
  if (!before->registry_reached) {
    log_.info("registry", {{"state", "reached"}}, effective);
  }
  log_.info("pool",
            {{"version", pool->table.version},
             {"servers", pool->table.servers.size()},
             {"paused_left_ns", pool->table.paused_left.value_or(Duration{}).count()}},
            effective);
  log_differences(log_, before->pool.get(), *pool, effective);
}

void Refresher::note_lost(const Error& error) {
  const auto current = view_.get();
  view_.replace(View{current->pool, current->confirmed, false, error.message, client_.endpoints().entries()});
  if (current->registry_reached) {
    log_.warn("registry", {{"state", "lost"}, {"why", error.message}}, monotonic_now());
  }
}

}  // namespace buddyring
