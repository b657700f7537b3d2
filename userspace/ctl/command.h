// SPDX-License-Identifier: Apache-2.0
// The commands of buddyctl, as a table: what they are called, take and do.
#pragma once

#include <span>

#include "ctl/context.h"

namespace buddyring {

struct Command {
  const char* name;       // one or two words
  const char* arguments;  // for the help, such as "SERVER"
  size_t argument_count;
  const char* summary;
  ExitStatus (*run)(const Context&);
};

[[nodiscard]] std::span<const Command> commands();

// Each prints its result and throws Failure, UsageError or StartupError.
[[nodiscard]] ExitStatus show_status(const Context& context);
[[nodiscard]] ExitStatus show_ring(const Context& context);
[[nodiscard]] ExitStatus pick_server(const Context& context);
[[nodiscard]] ExitStatus remove_server(const Context& context);
[[nodiscard]] ExitStatus verify_ring(const Context& context);
[[nodiscard]] ExitStatus install_schema(const Context& context);
[[nodiscard]] ExitStatus show_schema_version(const Context& context);

}  // namespace buddyring
