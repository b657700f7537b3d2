// SPDX-License-Identifier: Apache-2.0
#include "agent/reload_plan.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace buddyring {
namespace {

// Those with one value, which is shown, and the others.
constexpr std::array shown{"profile",   "interval", "misses", "lease",          "on-stale",
                           "log-level", "rise",     "fall",   "check-interval", "check-timeout"};
constexpr std::array unshown{"watch-tcp", "watch-exec", "key-file"};

bool is_one_of(const auto& names, std::string_view name) {
  return std::ranges::any_of(names, [&](const char* each) { return name == each; });
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
  for (const std::string& name : names) {
    const bool differs = text_of(old, name) != text_of(fresh, name);
    if (name == "key-file" ? differs || other_keys : differs && is_one_of(unshown, name)) {
      plan.changed.push_back(name);
    } else if (differs && is_one_of(shown, name)) {
      plan.changed.push_back(name + " " + text_of(old, name) + " -> " + text_of(fresh, name));
    } else if (differs) {
      plan.restart.push_back(name);
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
  result.detection = fresh.detection;
  result.lease = fresh.lease;
  result.keep_stale = fresh.keep_stale;
  result.log_level = fresh.log_level;
  result.keys = fresh.keys;
  result.services.endpoints = fresh.services.endpoints;
  result.services.commands = fresh.services.commands;
  result.services.health = fresh.services.health;
  for (const char* const name : shown) {
    result.given.erase(name);
  }
  for (const char* const name : unshown) {
    result.given.erase(name);
  }
  for (const auto& [name, text] : fresh.given) {
    if (is_one_of(shown, name) || is_one_of(unshown, name)) {
      result.given[name] = text;
    }
  }
  return result;
}

}  // namespace buddyring
