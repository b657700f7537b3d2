// SPDX-License-Identifier: Apache-2.0
#include "agent/reload_plan.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "core/limits.h"

namespace buddyring {
namespace {

// Those with one value, which is shown, and the others.
constexpr std::array shown{"profile",   "interval", "misses", "lease",          "on-stale",
                           "log-level", "rise",     "fall",   "check-interval", "check-timeout"};
constexpr std::array unshown{"watch-tcp", "watch-exec", "key-file"};

bool is_one_of(const auto& names, std::string_view name) {
  return std::ranges::any_of(names, [&](const auto& each) { return name == each; });
}

// Who sleeps between two probes cannot keep an interval that is for those who spin.
bool is_too_short(const AgentOptions& old, const AgentOptions& fresh) {
  return old.waiting == Loop::Waiting::sleeps && fresh.detection.interval < limits::interval_min;
}

bool is_live(const auto& names, std::string_view name, bool interval_too_short) {
  return is_one_of(names, name) && !(interval_too_short && name == "interval");
}

std::string text_of(const AgentOptions& options, const std::string& name) {
  const auto found = options.given.find(name);
  return found == options.given.end() ? "default" : found->second;
}

}  // namespace

ReloadPlan plan_reload(const AgentOptions& old, const AgentOptions& fresh) {
  std::set<std::string> names;
  for (const AgentOptions* const options : {&old, &fresh}) {
    for (const auto& [name, text] : options->given) {
      names.insert(name);
    }
  }
  ReloadPlan plan;
  const bool other_keys = !(old.keys == fresh.keys);
  const bool too_short = is_too_short(old, fresh);
  for (const std::string& name : names) {
    const bool differs = text_of(old, name) != text_of(fresh, name);
    if (name == "key-file" ? differs || other_keys : differs && is_one_of(unshown, name)) {
      plan.changed.push_back(name);
    } else if (differs && is_live(shown, name, too_short)) {
      plan.changed.push_back(name + " " + text_of(old, name) + " -> " + text_of(fresh, name));
    } else if (differs) {
      plan.restart.push_back(name);
    }
  }
  // Also where a profile brought them, which then is all that was given.
  for (const auto& [name, waits] :
       {std::pair{"interval", too_short}, std::pair{"spin", old.waiting != fresh.waiting}}) {
    if (waits && !is_one_of(plan.restart, name)) {
      plan.restart.emplace_back(name);
    }
  }
  if (old.registry.password != fresh.registry.password) {
    plan.restart.emplace_back("the registry's password");
  }
  return plan;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

AgentOptions with_live_settings(const AgentOptions& old, const AgentOptions& fresh) {
  AgentOptions result = old;
  const bool too_short = is_too_short(old, fresh);
  result.detection = fresh.detection;
  if (too_short) {
    result.detection.interval = old.detection.interval;
  }
  result.lease = fresh.lease;
  result.keep_stale = fresh.keep_stale;
  result.log_level = fresh.log_level;
  result.keys = fresh.keys;
  result.services.endpoints = fresh.services.endpoints;
  result.services.commands = fresh.services.commands;
  result.services.health = fresh.services.health;
  for (const char* const name : shown) {
    if (is_live(shown, name, too_short)) {
      result.given.erase(name);
    }
  }
  for (const char* const name : unshown) {
    result.given.erase(name);
  }
  for (const auto& [name, text] : fresh.given) {
    if (is_live(shown, name, too_short) || is_one_of(unshown, name)) {
      result.given[name] = text;
    }
  }
  return result;
}

}  // namespace buddyring
