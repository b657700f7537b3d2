// SPDX-License-Identifier: Apache-2.0
#include "ctl/agent_lookup.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ctl/agent_facts.h"
#include "ctl/exit_status.h"
#include "kernel/pins.h"

namespace buddyring {
namespace {

bool is_meant(const PinnedMaps& maps, const Options& options) {
  const AgentFacts facts = agent_facts(maps, Instant{});
  return options.text("pool", facts.pool) == facts.pool && options.text("server", facts.server) == facts.server;
}

}  // namespace

PinnedMaps find_agent(const Options& options) {
  const std::string root = options.text("pin-root", pins::default_root);
  std::vector<PinnedMaps> meant;
  std::string names;
  std::optional<Error> unreadable;
  for (const std::string& name : value_or_fail(list_pinned(root))) {
    Result<PinnedMaps> maps = read_pinned(root, name);
    if (!maps.ok()) {
      unreadable = maps.error();
    } else if (is_meant(maps.value(), options)) {
      names += (names.empty() ? "" : ", ") + name;
      meant.push_back(std::move(maps.value()));
    }
  }
  if (meant.size() > 1) {
    throw UsageError("several agents are pinned under " + root + ": " + names + "; choose with --pool and --server");
  }
  if (!meant.empty()) {
    return std::move(meant.front());
  }
  if (unreadable) {
    throw Failure(*unreadable);
  }
  throw Failure(ExitStatus::not_found, "no such agent is pinned under " + root +
                                           "; start buddyd, or look elsewhere with --pin-root, --pool and --server");
}

}  // namespace buddyring
