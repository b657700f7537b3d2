// SPDX-License-Identifier: Apache-2.0
// `buddyctl status`: an agent's maps, once.
#include "ctl/agent_lookup.h"
#include "ctl/command.h"
#include "ctl/status_forms.h"
#include "posix/clock.h"

namespace buddyring {

ExitStatus show_status(const Context& context) {
  const PinnedMaps maps = find_agent(context.options);
  const AgentFacts facts = agent_facts(maps, monotonic_now());
  context.print(status_json(maps, facts), status_text(maps, facts));
  return ExitStatus::ok;
}

}  // namespace buddyring
