// SPDX-License-Identifier: Apache-2.0
// Context: what every command of buddyctl is given, and how it prints.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ctl/exit_status.h"
#include "posix/options.h"
#include "registry/client.h"

namespace buddyring {

// Keys stay in the order in which they are documented.
using Json = nlohmann::ordered_json;

struct Context {
  Options options;
  std::vector<std::string> arguments;  // after the command's own words

  [[nodiscard]] bool json() const { return options.on("json"); }
  // --pool. Throws UsageError.
  [[nodiscard]] std::string pool() const { return required_name(options, "pool"); }
  // --by, or whose login it is. Throws UsageError.
  [[nodiscard]] std::string operator_name() const;
  // --key-file. Throws StartupError.
  [[nodiscard]] PoolKeys keys() const { return pool_keys(options); }
  // Not connected yet. Throws UsageError, StartupError.
  [[nodiscard]] RegistryClient registry() const;

  // To standard output; one of the two by --json.
  void print(const Json& json_form, const std::string& text_form) const;
};

// The first argument, for commands that take a server. Throws UsageError unless it is a name.
[[nodiscard]] std::string server_argument(const Context& context);

// The settings of all commands.
[[nodiscard]] po::options_description describe_ctl_settings();

// An empty text is null.
[[nodiscard]] Json text_or_null(const std::string& text);

// One document and its newline; bytes that are no UTF-8 are replaced.
void print_json(const Json& document);

}  // namespace buddyring
