// SPDX-License-Identifier: Apache-2.0
// Agent's part that goes on by other settings, on SIGHUP (docs/life-cycle.md).
//
// Theory of operation. The settings are read as at a start, by the same command line and
// environment and the file as it is now. What does not hold is refused as a whole, as a start would
// refuse it, and nothing changes. Else what can change does, in this very wake-up, between two
// ticks: no probe under way is given up, no watch begins anew. What cannot stays, and is
// named. Both are logged and stand in the report, where buddyctl reload finds them.
#include <algorithm>
#include <atomic>

#include "agent/agent.h"
#include "agent/reload_plan.h"
#include "agent/report_page.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

template <size_t bytes>
void write_text(char (&field)[bytes], const std::string& text) {
  field[text.copy(static_cast<char*>(field), bytes - 1)] = '\0';
}

}  // namespace

void Agent::reload() {
  try {
    const AgentOptions fresh = reread_();
    const ReloadPlan plan = plan_reload(options_, fresh);
    apply(with_live_settings(options_, fresh));
    log_.info("reloaded", {{"changed", joined(plan.changed)}, {"needs_restart", joined(plan.restart)}}, now_);
    report_reload(BUDDYRING_RELOAD_DONE, joined(plan.changed), joined(plan.restart));
  } catch (const StartupError& error) {
    log_.error("reload_refused", {{"why", error.what()}}, now_);
    report_reload(BUDDYRING_RELOAD_REFUSED, error.what(), "");
  }
}

void Agent::apply(const AgentOptions& fresh) {
  const bool other_keys = !(options_.keys == fresh.keys);
  options_ = fresh;  // the lease and what a stale one means are looked up there at each wake-up
  log_.set_level(options_.log_level);
  core_.handle_detection(now_, options_.detection);
  log_failure("scheduling", scheduling_.set_interval(options_.detection.interval, core_.counters().tick_delay));
  worker_.set_fresh_contact(fresh_contact(options_.detection));
  if (other_keys) {
    probes_.set_keys(options_.keys.for_probes());
    log_failure("kernel", kernel_.set_probe_keys(options_.keys.for_probes()));
  }
  services_.set_checks(loop_, now_, options_.services);
  on_service_changes();
  report_settings(kernel_.report(), options_);
}

// Whoever waits for the number to rise reads the rest after it has.
void Agent::report_reload(buddyring_reload_result result, const std::string& changed, const std::string& restart) {
  buddyring_report& page = kernel_.report();
  page.reload_result = result;
  write_text(page.reload_changed, changed);
  write_text(page.reload_restart, restart);
  std::atomic_ref(page.reloads).fetch_add(1, std::memory_order_release);
}

}  // namespace buddyring
