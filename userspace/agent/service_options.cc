// SPDX-License-Identifier: Apache-2.0
#include "agent/service_options.h"

#include <algorithm>
#include <charconv>

#include "core/limits.h"

namespace buddyring {
namespace {

std::vector<std::string> words_of(const Options& options, const char* name) {
  return options.given(name) ? options.values[name].as<std::vector<std::string>>() : std::vector<std::string>{};
}

}  // namespace

void add_service_options(po::options_description& settings) {
  const auto list = [](const char* value) {
    return po::value<std::vector<std::string>>()->composing()->value_name(value);
  };
  auto add = settings.add_options();
  add("watch-pid", list("N"), "a process without which this server is gone; may be repeated");
  add("watch-unit", list("NAME"), "a systemd unit without whose main process it is gone; may be repeated");
}

ServiceOptions service_options(const Options& options) {
  ServiceOptions services;
  for (const std::string& word : words_of(options, "watch-pid")) {
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), pid);
    if (error != std::errc{} || end != word.data() + word.size() || pid <= 0) {
      throw UsageError("--watch-pid '" + word + "' is not acceptable; give the number of a process, such as 4711");
    }
    services.processes.push_back(pid);
  }
  services.units = words_of(options, "watch-unit");
  if (std::ranges::count(services.units, "") != 0) {
    throw UsageError("--watch-unit '' is not acceptable; give the name of a systemd unit, such as nginx.service");
  }
  const size_t count = services.processes.size() + services.units.size();
  if (count > limits::services_max) {
    throw UsageError("--watch-pid and --watch-unit are given " + std::to_string(count) + " times; give them at most " +
                     std::to_string(limits::services_max) + " times together");
  }
  return services;
}

}  // namespace buddyring
