// SPDX-License-Identifier: Apache-2.0
// `buddyctl top`: an agent's maps, live.
#include "ctl/agent_lookup.h"
#include "ctl/command.h"
#include "ctl/terminal.h"
#include "posix/clock.h"
#include "posix/stop_signals.h"

namespace buddyring {
namespace {

constexpr Duration usual_refresh = std::chrono::seconds{1};
constexpr Duration refresh_min = std::chrono::milliseconds{100};
constexpr Duration refresh_max = std::chrono::seconds{60};

// An agent that is not there now may be a moment later: it is being upgraded.
std::vector<TopLine> look(const Options& options, TopHistory& history, Terminal& terminal) {
  try {
    const PinnedMaps maps = find_agent(options);
    const AgentFacts facts = agent_facts(maps, monotonic_now());
    history.add(facts);
    return top_screen(maps, facts, history, terminal.size(), terminal.bars());
  } catch (const Failure& failure) {
    return top_screen(failure.what(), terminal.size());
  }
}

}  // namespace

ExitStatus show_top(const Context& context) {
  const Options& options = context.options;
  if (context.json()) {
    throw UsageError("top is for people; leave out --json, or use buddyctl status --json");
  }
  const Duration refresh = options.duration("refresh", usual_refresh, refresh_min, refresh_max);
  static_cast<void>(find_agent(options));  // said before the screen is taken
  block_stop_signals();
  const Fd stop = stop_signals_fd();
  Terminal terminal;
  TopHistory history;
  for (Instant due = monotonic_now();;) {
    terminal.show(look(options, history, terminal));
    due += refresh;
    const Instant now = monotonic_now();
    if (terminal.wait(stop, std::max(due - now, refresh_min / 2)) == Terminal::Asked::end) {
      return ExitStatus::ok;
    }
    due = std::max(due, monotonic_now() - refresh);
  }
}

}  // namespace buddyring
