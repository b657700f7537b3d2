// SPDX-License-Identifier: Apache-2.0
// The commands of buddyctl, as a table: what they are called, take and do.
#pragma once

#include <cstdint>
#include <span>

#include "ctl/context.h"

namespace buddyring {

// How many arguments a command takes.
struct ArgumentCount {
  size_t least;
  size_t most;
};
inline constexpr ArgumentCount no_argument{0, 0};
inline constexpr ArgumentCount one_argument{1, 1};
inline constexpr ArgumentCount at_most_one{0, 1};
inline constexpr ArgumentCount two_arguments{2, 2};
inline constexpr ArgumentCount some_arguments{1, SIZE_MAX};

struct Command {
  const char* name;       // one or two words
  const char* arguments;  // for the help, such as "SERVER"
  ArgumentCount argument_count;
  const char* summary;
  ExitStatus (*run)(const Context&);
  ExitCodes codes;
};

[[nodiscard]] std::span<const Command> commands();

// Each prints its result and throws Failure, UsageError or StartupError.
[[nodiscard]] ExitStatus show_status(const Context& context);
[[nodiscard]] ExitStatus show_top(const Context& context);
[[nodiscard]] ExitStatus show_metrics(const Context& context);
[[nodiscard]] ExitStatus reload_agent(const Context& context);
[[nodiscard]] ExitStatus upgrade_agent(const Context& context);
[[nodiscard]] ExitStatus show_ring(const Context& context);
[[nodiscard]] ExitStatus pick_server(const Context& context);
[[nodiscard]] ExitStatus remove_server(const Context& context);
[[nodiscard]] ExitStatus rejoin_server(const Context& context);
[[nodiscard]] ExitStatus drain_server(const Context& context);
[[nodiscard]] ExitStatus undrain_server(const Context& context);
[[nodiscard]] ExitStatus weigh_server(const Context& context);
[[nodiscard]] ExitStatus pause_pool(const Context& context);
[[nodiscard]] ExitStatus resume_pool(const Context& context);
[[nodiscard]] ExitStatus show_events(const Context& context);
[[nodiscard]] ExitStatus show_history(const Context& context);
[[nodiscard]] ExitStatus verify_ring(const Context& context);
[[nodiscard]] ExitStatus install_schema(const Context& context);
[[nodiscard]] ExitStatus show_schema_version(const Context& context);
[[nodiscard]] ExitStatus ping_hosts(const Context& context);
[[nodiscard]] ExitStatus examine_host(const Context& context);
[[nodiscard]] ExitStatus sync_haproxy(const Context& context);

}  // namespace buddyring
