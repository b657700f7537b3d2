// SPDX-License-Identifier: Apache-2.0
// buddyd: the agent of one server.
#include <cstdio>
#include <exception>

#include "agent/agent.h"
#include "agent/detach.h"
#include "agent/options.h"
#include "posix/privileges.h"

namespace {

int run(const std::vector<std::string>& arguments) {
  using namespace buddyring;
  const auto options = agent_options(arguments);
  if (!options) {
    return 0;
  }
  if (options->check_config) {
    std::printf("buddyd: the configuration is valid\n%s", detection_lines(*options).c_str());
    return 0;
  }
  if (options->detach) {
    detach(*options);
    return 0;
  }
  keep_ambient_capabilities_from_children();
  Log log{options->log_level};
  // The same command line, which stands above what the file says now.
  Agent agent{*options, log, [&arguments] { return *agent_options(arguments); }};
  return agent.run();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const buddyring::UsageError& error) {
    std::fprintf(stderr, "buddyd: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "buddyd: %s\n", error.what());
    return 1;
  }
}
