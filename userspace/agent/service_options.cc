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

constexpr unsigned default_rise = 2;
constexpr unsigned default_fall = 3;
constexpr Duration default_check_time = std::chrono::seconds{1};

pid_t process_number(const std::string& word) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), pid);
  if (error != std::errc{} || end != word.data() + word.size() || pid <= 0) {
    throw UsageError("--watch-pid '" + word + "' is not acceptable; give the number of a process, such as 4711");
  }
  return pid;
}

// A check must not rest on a name service, so names are not looked up.
Endpoint endpoint_of(const std::string& word) {
  constexpr std::string_view this_host = "localhost:";
  const auto endpoint =
      parse_endpoint(word.starts_with(this_host) ? "127.0.0.1:" + word.substr(this_host.size()) : word);
  if (!endpoint || endpoint->port == 0) {
    throw UsageError(
        "--watch-tcp '" + word +
        "' is not acceptable; give an address (or localhost) and a port, such as 127.0.0.1:80 or [::1]:80");
  }
  return *endpoint;
}

std::vector<std::string> without_empty(std::vector<std::string> words, const std::string& option,
                                       const std::string& wanted) {
  if (std::ranges::count(words, "") != 0) {
    throw UsageError(option + " '' is not acceptable; give " + wanted);
  }
  return words;
}

HealthSettings health_settings(const Options& options) {
  return {
      .limits = {.rise = static_cast<unsigned>(options.number("rise", default_rise, 1, limits::check_in_a_row_max)),
                 .fall = static_cast<unsigned>(options.number("fall", default_fall, 1, limits::check_in_a_row_max))},
      .interval = options.duration("check-interval", default_check_time, limits::check_interval_min,
                                   limits::check_interval_max),
      .timeout =
          options.duration("check-timeout", default_check_time, limits::check_timeout_min, limits::check_timeout_max)};
}

}  // namespace

void add_service_options(po::options_description& settings) {
  const auto list = [](const char* value) {
    return po::value<std::vector<std::string>>()->composing()->value_name(value);
  };
  auto add = settings.add_options();
  add("watch-pid", list("N"), "a process without which this server is gone; may be repeated");
  add("watch-unit", list("NAME"), "a systemd unit without whose main process it is gone; may be repeated");
  add("watch-tcp", list("ADDR:PORT"), "where something must take connections, else it is gone; may be repeated");
  add("watch-exec", list("COMMAND"), "for /bin/sh, must exit with 0, else it is gone; may be repeated");
  const auto text = [](const char* value) { return po::value<std::string>()->value_name(value); };
  add("rise", text("N"), "of --watch-tcp, -exec: successes in a row until it is back, 1 to 100 (2)");
  add("fall", text("N"), "of --watch-tcp, -exec: failures in a row until it is gone, 1 to 100 (3)");
  add("check-interval", text("TIME"), "of --watch-tcp, -exec: time between two checks, 10ms to 300s (1s)");
  add("check-timeout", text("TIME"), "of --watch-tcp, -exec: one that takes longer has failed, 10ms to 300s (1s)");
}

ServiceOptions service_options(const Options& options) {
  ServiceOptions services;
  for (const std::string& word : words_of(options, "watch-pid")) {
    services.processes.push_back(process_number(word));
  }
  services.units = without_empty(words_of(options, "watch-unit"), "--watch-unit",
                                 "the name of a systemd unit, such as nginx.service");
  for (const std::string& word : words_of(options, "watch-tcp")) {
    services.endpoints.push_back(endpoint_of(word));
  }
  services.commands = without_empty(words_of(options, "watch-exec"), "--watch-exec",
                                    "a command line for /bin/sh, such as 'pg_isready -q'");
  services.health = health_settings(options);
  const size_t count =
      services.processes.size() + services.units.size() + services.endpoints.size() + services.commands.size();
  if (count > limits::services_max) {
    throw UsageError("--watch-pid, --watch-unit, --watch-tcp and --watch-exec are given " + std::to_string(count) +
                     " times; give them at most " + std::to_string(limits::services_max) + " times together");
  }
  return services;
}

}  // namespace buddyring
