// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/run.h"

#include <algorithm>
#include <cstring>

#include "core/limits.h"

namespace buddyring::sim {
namespace {

constexpr Nanos window_min = second;
constexpr Nanos window_max = 15 * second;
constexpr Nanos long_window_max = 150 * second;  // one in twenty
// How long a pool that is whole is watched for staying so.
constexpr Nanos peace = 2 * second;

class Run {
 public:
  Run(const RunOptions& options, Trace::Lines lines)
      : options_(options),
        world_(draw_setup(options.wishes), lines),
        faults_(world_, options.faults, options.intensity),
        chance_(options.wishes.seed, streams::plan + 100) {}

  RunReport go() {
    world_.clients.begin();
    const Nanos spread = chance_.chance(0.5) ? 0 : 2 * second;
    for (NodeId host = 0; host < world_.setup.servers; ++host) {
      const Nanos at = chance_.between(0, spread);
      world_.queue.add(at, Happening::power_on, host);
      world_.queue.add(at, Happening::start, host);
    }
    world_.run_for(spread);
    quiet(0);
    while (!world_.checker.violation() && world_.now < options_.length) {
      const Nanos span = chance_.between(window_min, chance_.chance(0.05) ? long_window_max : window_max);
      world_.checker.expect_peace(false);
      faults_.draw(span);
      world_.run_for(span);
      faults_.calm();
      quiet(span);
    }
    return report();
  }

 private:
  void quiet(Nanos faults_lasted) {
    const Nanos bound = convergence_bound(world_, faults_lasted);
    const Nanos took = settle(world_, bound);
    if (world_.checker.violation()) {
      return;
    }
    world_.checker.expect_peace(true);
    world_.run_for(peace);
    if (const std::string what = world_.checker.unsettled(); !what.empty()) {
      world_.checker.fail("convergence", what + " after all had been well");
    }
    if (quiets_ < RunResult::quiets_max) {
      took_ms_[quiets_] = static_cast<uint32_t>(took / millisecond);
      bound_ms_[quiets_] = static_cast<uint32_t>(bound / millisecond);
      ++quiets_;
    }
  }

  RunReport report() {
    RunReport report;
    RunResult& result = report.result;
    result.seed = options_.wishes.seed;
    result.hash = world_.trace.hash();
    result.events = world_.events;
    result.length = world_.now;
    result.faults = faults_.counts();
    result.deletions = world_.checker.deletions();
    result.served = world_.clients.served();
    result.refused = world_.clients.refused();
    result.quiets = quiets_;
    result.took_ms = took_ms_;
    result.bound_ms = bound_ms_;
    if (const auto& violation = world_.checker.violation()) {
      result.failed = true;
      std::strncpy(result.check.data(), violation->check.c_str(), result.check.size() - 1);
      report.failure =
          violation->check + " at " + std::to_string(violation->at / millisecond) + " ms: " + violation->text;
    }
    report.trace = world_.trace.kept();
    return report;
  }

  const RunOptions& options_;
  World world_;
  Faults faults_;
  Prng chance_;
  uint32_t quiets_ = 0;
  std::array<uint32_t, RunResult::quiets_max> took_ms_{};
  std::array<uint32_t, RunResult::quiets_max> bound_ms_{};
};

Nanos doubled(Nanos first, Nanos most, uint64_t times) {
  Nanos pause = first;
  for (; times > 1 && pause < most; --times) {
    pause *= 2;
  }
  return std::min(pause, most);
}

}  // namespace

RunReport run_seed(const RunOptions& options, Trace::Lines lines) { return Run(options, lines).go(); }

// Whole means for as long as it takes to notice what is not: else a pool would
// pass for whole in which a death is just not seen yet. What a slow registry has
// yet to carry out of before belongs to before.
Nanos settle(World& world, Nanos bound) {
  const Setup& setup = world.setup;
  const Nanos began = world.now;
  const Nanos step = std::max<Nanos>(setup.interval() / 2, 5 * millisecond);
  const Nanos steady = 3 * setup.detection_time() + 12 * setup.registry_latency + 6 * setup.latency_max;
  Nanos whole_since = -1;
  while (!world.checker.violation() && (whole_since < 0 || world.now - whole_since < steady)) {
    const std::string what = world.checker.unsettled();
    if (!what.empty() && world.now - began > bound) {
      world.checker.fail("convergence", what + " " + std::to_string(bound / millisecond) + " ms after the last fault");
    }
    const bool whole = what.empty() && world.registry.verdicts_on_their_way_until() < world.now;
    whole_since = !whole ? -1 : whole_since < 0 ? world.now : whole_since;
    world.run_for(step);
  }
  return std::max<Nanos>(whole_since - began, 0);
}

// Each term is the longest that one step can take, one after the other.
Nanos convergence_bound(const World& world, Nanos faults_lasted) {
  const Setup& setup = world.setup;
  const Nanos misses = setup.detection.misses * setup.interval();
  uint64_t dead = 0;
  uint64_t removals = 1;
  for (const auto& [name, row] : world.registry.table().rows()) {
    const Node* node = const_cast<World&>(world).node_named(name);
    dead += node == nullptr || !node->has_agent() ? 1 : 0;
  }
  for (const auto& node : world.nodes) {
    removals = std::max(removals, node->has_agent() ? node->core()->counters().removals + 2 : 0);
  }
  // A call that hangs when the quiet begins, and the back-off behind it.
  const Nanos registry = nanos(limits::registry_connect_timeout) + nanos(limits::registry_query_timeout) +
                         nanos(limits::registry_backoff_max);
  // An agent that could not start is started again; it finds its place.
  const Nanos tries =
      limits::replace_attempts_max * (nanos(limits::replace_connection_timeout) + nanos(limits::replace_backoff_max));
  const Nanos joining = restart_pause + nanos(limits::introduction_patience) + tries + 10 * setup.registry_latency;
  // A server that nobody heard pauses between its tries.
  const auto tries_in_vain = 1 + static_cast<uint64_t>(faults_lasted / nanos(limits::introduction_patience));
  const Nanos unheard = doubled(nanos(limits::unheard_pause_first), nanos(limits::unheard_pause_max), tries_in_vain);
  const Nanos rejoining = doubled(nanos(limits::rejoin_pause_first), nanos(limits::rejoin_pause_max), removals);
  // Of a newcomer that died the row is looked for by those who expected it; who
  // was told nothing looks at its row now and then.
  const Nanos expecting = nanos(limits::expectation_patience) + nanos(limits::idle_reread);
  // Whoever never heard the accused gives them time before it closes the ring on them.
  const Nanos strangers = nanos(limits::stranger_patience);
  // A verdict that a pause refused is asked for again, and is looked into anew then.
  const Nanos paused = nanos(limits::paused_retry);
  // A death is seen after the lease, or after the grace for a neighbour; a run
  // where nobody answers is waited out for four times the misses.
  const Nanos detecting = nanos(setup.lease) + nanos(limits::carrier_grace) + setup.detection_time();
  const Nanos inquiring =
      6 * misses + nanos(limits::mark_window) + nanos(limits::refused_pause) + 10 * setup.registry_latency;
  const auto rounds = static_cast<Nanos>(1 + dead / limits::beyond_max);
  const Nanos capped =
      dead > 2 ? nanos(limits::deletions_window) * static_cast<Nanos>((dead + 8) / limits::deletions_max) : 0;
  // A list that is behind is looked after ever more rarely while that lasts.
  return registry + paused + joining + unheard + rejoining + expecting + strangers + detecting +
         rounds * (detecting + inquiring) + capped + faults_lasted;
}

}  // namespace buddyring::sim
