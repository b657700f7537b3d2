// SPDX-License-Identifier: Apache-2.0
// Programs: what each of ours knows, by its --help; what make knows; and options of others.
#pragma once

#include <map>
#include <set>
#include <string>

namespace buddyring::docs {

struct Programs {
  std::map<std::string, std::set<std::string>> options;  // by program, without dashes
  std::set<std::string> commands;                        // of buddyctl, the first word
  std::set<std::string> targets;                         // of make
  std::set<std::string> foreign;                         // options of other programs that pages name

  [[nodiscard]] bool has_option(const std::string& option) const;
};

// `build` is the build folder. Throws std::runtime_error when a program cannot be asked.
[[nodiscard]] Programs known_programs(const std::string& build);

}  // namespace buddyring::docs
