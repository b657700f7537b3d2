// SPDX-License-Identifier: Apache-2.0
#include "router/settings.h"

#include <iostream>

#include "core/limits.h"
#include "core/router_limits.h"
#include "posix/version.h"

namespace buddyring {
namespace {

using std::chrono::seconds;

constexpr Duration default_staleness = seconds{30};
constexpr Duration default_client_timeout = seconds{10};
constexpr unsigned default_connections = 1000;

po::options_description describe_settings() {
  po::options_description settings{"Settings", help_columns};
  const auto text = [](const char* value) { return po::value<std::string>()->value_name(value); };
  add_registry_options(settings);
  auto add = settings.add_options();
  add("pool", text("NAME"), "whose servers requests are sent to");
  add("listen", text("ADDR:PORT"), "where to take requests; port 0 lets the kernel choose");
  add("ui", text("ADDR:PORT"), "where operators may look at the ring in a browser (nowhere)");
  add("target-port", text("N"), "port of the servers that requests are sent to");
  add("scheme", text("http|https"), "of the URL that requests are sent to (http)");
  add("refresh", text("TIME"), "how often to ask for the pool's version (5ms)");
  add("max-staleness", text("TIME"), "refuse to choose from a pool confirmed longer ago (30s)");
  add("sticky", text("none|cookie|address"), "by what a client is sent to the same server again (none)");
  add("connections", text("N"), "how many clients may be connected at a time (1000)");
  add("client-timeout", text("TIME"), "cut a client that finishes no request for so long (10s)");
  add("access-log", po::bool_switch(), "a line for each request");
  add("log-level", text("LEVEL"), "debug, info, warn or error (info)");
  add("check-config", po::bool_switch(), "validate the settings and exit");
  return settings;
}

Endpoint endpoint_of(const std::string& option, const std::string& text) {
  const auto endpoint = parse_endpoint(text);
  if (!endpoint) {
    throw UsageError("--" + option + " '" + text +
                     "' is not acceptable; give an address and a port, such as 0.0.0.0:8080 or [::]:8080");
  }
  return *endpoint;
}

void read_listeners(RouterSettings& settings, const Options& options) {
  settings.listen = endpoint_of("listen", options.required("listen"));
  if (const std::string text = options.text("ui", ""); !text.empty()) {
    settings.ui = endpoint_of("ui", text);
    if (settings.ui->port != 0 && *settings.ui == settings.listen) {
      throw UsageError("--ui '" + text + "' is not acceptable; clients come there, so give another address or port");
    }
  }
}

std::string target_scheme(const Options& options) {
  return options.one_of<std::string>("scheme", {{"http", "http"}, {"https", "https"}});
}

Sticky stickiness(const Options& options) {
  return options.one_of<Sticky>("sticky",
                                {{"none", Sticky::none}, {"cookie", Sticky::cookie}, {"address", Sticky::address}});
}

void read_clients(RouterSettings& settings, const Options& options) {
  settings.sticky = stickiness(options);
  settings.connections = static_cast<unsigned>(
      options.number("connections", default_connections, limits::router_places_min, limits::router_places_max));
  settings.client_timeout = options.duration("client-timeout", default_client_timeout,
                                             limits::router_client_timeout_min, limits::router_client_timeout_max);
  settings.access_log = options.on("access-log");
}

}  // namespace

std::optional<RouterSettings> router_settings(const std::vector<std::string>& arguments) {
  const po::options_description described = describe_settings();
  const Options options = parse_options("buddyrouter", described, arguments, false);
  if (options.on("help")) {
    std::cout << "Usage: buddyrouter --registry URL --pool NAME --listen ADDR:PORT --target-port N [OPTION]...\n\n"
                 "Answers every HTTP request with a redirect (307) to the same path on a\n"
                 "random live server of the pool.\n\n"
              << described << "\n"
              << common_options();
    return std::nullopt;
  }
  if (options.on("version")) {
    std::cout << "buddyrouter " << version() << "\n";
    return std::nullopt;
  }
  RouterSettings settings;
  settings.registry = registry_access(options);
  settings.pool = required_name(options, "pool");
  read_listeners(settings, options);
  settings.scheme = target_scheme(options);
  static_cast<void>(options.required("target-port"));
  settings.target_port = static_cast<uint16_t>(options.number("target-port", 0, 1, 65535));
  settings.refresh = options.duration("refresh", limits::router_refresh_default, limits::router_refresh_min,
                                      limits::router_refresh_max);
  settings.max_staleness =
      options.duration("max-staleness", default_staleness, limits::router_staleness_min, limits::router_staleness_max);
  if (settings.max_staleness <= settings.refresh) {
    throw UsageError("--max-staleness must be longer than --refresh, or every answer would be 503");
  }
  read_clients(settings, options);
  settings.log_level = log_level(options);
  if (options.on("check-config")) {
    std::cout << "buddyrouter: the configuration is valid\n";
    return std::nullopt;
  }
  return settings;
}

}  // namespace buddyring
